"""From a shop's own file to a list in three commands: the real init, dvc and MLflow."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from tests.ops.init.examples import EXAMPLES, rows, stars
from tests.whole_project import copy_code, run

pytestmark = pytest.mark.xdist_group("your_data")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is shipped, without data."""
    folder = tmp_path_factory.mktemp("project")
    copy_code(folder)
    return folder


def runner(folder: Path, *arguments: str) -> str:
    """What a command prints; it must succeed."""
    done = run(folder, sys.executable, "runner.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_events_without_ratings_and_products(project: Path, tmp_path: Path) -> None:
    """The hardest kind: no rating, no text, no file of products."""
    example = EXAMPLES["retailrocket"]
    (path,) = example.write(tmp_path)
    assert "next: make repro" in runner(project, "init", str(path), "--yes")
    runner(project, "repro")
    told = runner(project, "recommend", example.user, "-k", "5")
    assert f"user {example.user} (trained) has bought or rated" in told
    assert len(told.split("RANK", 1)[1].splitlines()) == 6


def test_a_table_of_a_database(project: Path, tmp_path: Path) -> None:
    """From a table to a list; then a refresh takes what is new, and says so."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE reviews (id, user, item, stars, at)")
        insert = "INSERT INTO reviews VALUES (?,?,?,?,?)"
        found = [
            (f"u{one.user}", f"i{one.item}", stars(one), one.time) for one in rows()
        ]
        connection.executemany(insert, [(at, *one) for at, one in enumerate(found, 1)])
    table = ("--sql", f"sqlite:///{path}", "reviews")
    told = runner(project, "init", *table, "--yes", "--replace")
    assert f"all {len(found)} rows: {len(found)} accepted, 0 refused" in told
    told = runner(project, "repro")
    assert f"reviews: {len(found):,} new rows of {len(found):,} read" in told
    told = runner(project, "recommend", "u5", "-k", "5")
    assert "user u5 (trained) has bought or rated" in told
    with closing(sqlite3.connect(path)) as connection, connection:
        new = [(5000 + at, f"new{at}", "i1", 5, 1_700_000_000) for at in range(10)]
        connection.executemany(insert, new)
    assert "reviews: 10 rows wait" in runner(project, "sql", "--dry-run")
    assert "reviews: 10 new rows of 10 read" in runner(project, "run", "refresh")
    status = runner(project, "status")
    assert "reviews, of the database: 10 new rows taken" in status
    assert "takes the new rows of 1 table" in runner(project, "plan")
    merged = json.loads((project / "metrics/merge.json").read_text(encoding="utf-8"))
    assert (merged["accepted"], merged["duplicates"]) == (len(found) + 10, 0)


def test_git_takes_no_table_that_lies_beside_the_code(tmp_path: Path) -> None:
    """Files for init, and what the commands of the pages write: customers and comments."""
    shutil.copyfile(ROOT / ".gitignore", tmp_path / ".gitignore")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    written = re.findall(r"runner\.py \w+ (?:export|--out) ([\w.]+)", text)
    assert {"recs.parquet", "mend.csv"} <= set(written)
    own = ["orders_export.csv", "u.data", "ratings.dat", "Books.jsonl.gz", "shop.db"]
    for name in [*written, *own, "reviews.tsv", "list.json"]:
        (tmp_path / name).touch()
    listed = run(tmp_path, "git", "ls-files", "-co", "--exclude-standard").stdout
    assert listed.split() == [".gitignore"]
