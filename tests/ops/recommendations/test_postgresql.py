"""The SQL of docs/service.md loads an export into a real PostgreSQL, whole and to the last bit."""

import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest

from bench.house.imports import ROOT
from ops.recommendations import tables
from ops.recommendations.export import export
from tests.recsys.serving import worlds

USER = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
ODD = ['a"b', "a,b", "đ\u0301", "\\N", " a ", "NULL", "a\nb", "'; DROP TABLE recs; --"]


def why_not() -> str:
    """Why there is no PostgreSQL to try it on; "" if there is one."""
    if not all(shutil.which(name) for name in ("initdb", "pg_ctl", "psql")):
        return "no PostgreSQL on this machine (apt-get install postgresql)"
    if (
        USER
        and subprocess.run(["id", USER], capture_output=True, check=False).returncode
    ):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "there is one")


def run(*command: str, text: str | None = None, user: str | None = None) -> str:
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, user=user
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    """The folder of the socket of a server of our own."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a path to a socket has to be short
    if USER:
        shutil.chown(folder, USER)
    data = str(folder / "data")
    run(
        "initdb", "-D", data, "-A", "trust", "-U", "shop", "-E", "UTF8", "-N", user=USER
    )
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    log = str(folder / "log")
    run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start", user=USER)
    yield folder
    run("pg_ctl", "-D", data, "-m", "immediate", "stop", user=USER)
    shutil.rmtree(folder)


def loaded(database: Path, file: Path) -> list[list[str | None]]:
    """The rows of the table after the SQL of the docs was run beside the file."""
    page = (ROOT / "docs/service.md").read_text(encoding="utf-8")
    block = re.search(r"```sql\n(.*?)```", page, re.DOTALL)
    assert block
    sql = block[1].replace("'recs.csv'", f"'{file}'")
    psql = (
        "psql",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        str(database),
        "-U",
        "shop",
    )
    run(*psql, "postgres", text=f"DROP TABLE IF EXISTS recs;\n{sql}")
    null = "<null>"
    query = f"COPY recs TO STDOUT WITH (FORMAT csv, NULL '{null}', FORCE_QUOTE *)"
    out = run(*psql, "postgres", "-c", query)
    rows = csv.reader(io.StringIO(out, newline=""))
    return [[None if cell == null else cell for cell in row] for row in rows]


def test_an_export_is_there_whole(database: Path, tmp_path: Path) -> None:
    recommender = worlds.recommender(tmp_path)
    file = tmp_path / "recs.csv"
    rows = export(recommender, 5, file)
    found = loaded(database, file)
    assert len(found) == rows
    wanted = arrow_csv.read_csv(file).to_pydict()
    assert {row[0] for row in found} == {
        None,
        *(recommender.release.users.text(row) for row in range(15)),
    }
    scores = [np.float32(row[3]) for row in found]  # real: all digits of a float32
    assert scores == [np.float32(score) for score in wanted["score"]]
    assert [row[2] for row in found] == wanted["product_id"]
    assert {row[4] for row in found} == {recommender.model_id}


def test_ids_with_any_characters_stay_what_they_are(
    database: Path, tmp_path: Path
) -> None:
    file, count = tmp_path / "recs.csv", len(ODD)
    items = np.arange(count, dtype=np.int32)[:, None]
    scores = np.linspace(-1e-30, 1e30, count, dtype=np.float32)[:, None]
    with tables.writing(file) as write:
        write(tables.block([*ODD], items, scores, pa.array(ODD), "als-0123456789ab"))
    found = loaded(database, file)
    assert [row[0] for row in found] == ODD == [row[2] for row in found]
    assert [np.float32(row[3]) for row in found] == scores[:, 0].tolist()
