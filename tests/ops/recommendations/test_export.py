"""`runner.py export`: all lists in one file, as the service gives them."""

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ops.deploy.releases import Places
from ops.recommendations import export, source
from recsys.program.errors import ConfigError
from recsys.serving.recommender import Wish
from recsys.spark import session
from tests.operator_shell import environment, make_project, runner
from tests.recsys.serving.worlds import but_for_the_fit
from tests.worlds import complains, one_blas_thread


@pytest.mark.parametrize("name", ["recs.parquet", "recs.csv"])
def test_the_lists_are_those_that_are_served(places: Places, name: str) -> None:
    places.releases.mkdir()
    (places.releases / "hidden.txt").write_text("p3\n")
    shop = source.choose(places, None).recommender
    with one_blas_thread():
        rows = export.export(shop, 4, places.root / name)
        read = pl.read_parquet if name.endswith("parquet") else pl.read_csv
        table = read(places.root / name)
        assert len(table) == rows
        assert set(table["model_id"]) == {shop.model_id}
        for user in [*(f"u{row}" for row in range(12)), "new", "cold", "sad", None]:
            wanted = shop.recommend(user, Wish(k=4)).items
            mine = table.filter(pl.col("user_id").eq_missing(pl.lit(user, pl.String)))
            assert mine["product_id"].to_list() == [item.product_id for item in wanted]
            assert mine["rank"].to_list() == list(range(1, len(wanted) + 1))
            assert mine["score"].to_list() == pytest.approx(
                [item.score for item in wanted], abs=1e-6
            )


def test_the_command_writes_where_the_operator_stands(
    places: Places, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make_project(places.root)
    here = tmp_path_factory.mktemp("here")
    done = runner(places.root, "export", "--out", "recs.csv", folder=here)
    assert (done.returncode, but_for_the_fit(done.stderr)) == (0, "")
    assert "the lists of 15 users and of one who is not known" in done.stdout
    assert (here / "recs.csv").exists()
    done = runner(places.root, "export", "--out", "recs.xlsx", folder=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert ".parquet or .csv" in done.stderr


SLOW = """
import sys, time
from pathlib import Path
from ops.recommendations import export, source, tables
real = tables.block
def slow(*arguments):
    print("begun", flush=True)
    time.sleep(60)
    return real(*arguments)
tables.block = slow
shop = source.choose(source.Places(Path(sys.argv[1])), None).recommender
export.export(shop, 4, Path(sys.argv[1]) / "recs.csv")
"""


def test_killed_on_the_way_it_leaves_the_former_file(places: Places) -> None:
    out = places.root / "recs.csv"
    out.write_text("former")
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, str(places.root)],
        stdout=subprocess.PIPE,
        env=environment(),
    ) as child:
        assert child.stdout and child.stdout.readline() == b"begun\n"
        child.send_signal(signal.SIGKILL)
    assert out.read_text() == "former"


def test_where_spark_is_asked_for_a_csv_file_is_made_here(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(places.root)
    monkeypatch.setattr(session, "spark_version", lambda: "")
    text = (
        (places.root / "params.yaml")
        .read_text()
        .replace("name: local ", "name: spark ")
    )
    (places.root / "params.yaml").write_text(text)
    with one_blas_thread():
        export.main(Path("recs.csv"), 4)
        with complains(ConfigError, "engine.name: spark needs pyspark"):
            export.main(Path("recs.parquet"), 4)
    assert (places.root / "recs.csv").exists()
    assert not (places.root / "recs.parquet").exists()
