"""Table files of lists: parquet or CSV, whole or not at all."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from ops.recommendations import tables
from recsys.program.errors import ConfigError
from tests.worlds import complains

PRODUCTS = pa.array(["p0", "p,1", 'p"2'])
ITEMS = np.array([[2, 0], [1, -1]], np.int32)
SCORES = np.array([[3, 2], [1, -np.inf]], np.float32)
ROWS = [
    ("u0", 1, 'p"2', 3.0, "als-1"),
    ("u0", 2, "p0", 2.0, "als-1"),
    (None, 1, "p,1", 1.0, "als-1"),
]


@pytest.mark.parametrize("name", ["recs.parquet", "recs.csv"])
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with tables.writing(path) as write:
        write(tables.block(["u0", None], ITEMS, SCORES, PRODUCTS, "als-1"))
    read = pl.read_parquet if name.endswith("parquet") else pl.read_csv
    assert read(path).rows() == ROWS
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["recs.parquet", "recs.csv"])
def test_a_failure_leaves_the_former_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("former")
    with pytest.raises(ZeroDivisionError), tables.writing(path) as write:
        write(tables.block(["u0", None], ITEMS, SCORES, PRODUCTS, "als-1"))
        raise ZeroDivisionError
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["recs.txt", "recs", ".csv/x.csv", "folder.csv"])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with complains(ConfigError, name):
        tables.check_format(tmp_path / name)


@pytest.mark.parametrize("folder", ["data/raw", "data/staging", "state", "releases"])
def test_what_the_pipeline_keeps_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "raw.csv").symlink_to(tmp_path / folder / "x.csv")
    for out in (Path(folder) / "x.csv", tmp_path / folder / "x.csv", Path("raw.csv")):
        with complains(ConfigError, str(out), "pipeline's own", "exports/"):
            tables.check_format(out)
    tables.check_format(Path("database.csv"))


@pytest.mark.skipif(
    not Path("/proc/self").exists(),
    reason="/proc is the folder, and Linux alone has it",
)
def test_a_folder_where_no_file_can_be_made_is_one_line() -> None:
    with (
        complains(ConfigError, "/proc/x.parquet", "no file can be made"),
        tables.writing(Path("/proc/x.parquet")),
    ):
        pass
