"""Tables are whole or absent, the same bytes for the same rows, and a torn one is one line."""

import itertools
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from bench.house.imports import ROOT
from recsys.files.tables import ROWS_IN_GROUP, read_table, write_parts, write_table
from recsys.program.errors import DataError
from tests.worlds import complains, snapshot

FRAME = pl.DataFrame({"user_id": ["007", "Đỗ", None], "rating": [1.0, 4.5, 5.0]})


def test_what_was_written_is_read_whole_or_by_columns(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.parquet"
    write_table(FRAME, path)
    assert read_table(path).equals(FRAME)
    assert read_table(path, ["rating"]).equals(FRAME.select("rating"))
    assert list(snapshot(tmp_path)) == ["new/a.parquet"]


def test_no_rows_keep_their_types(tmp_path: Path) -> None:
    write_table(FRAME.clear(), tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet").schema == FRAME.schema


def test_the_number_of_threads_does_not_show(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, polars as pl\n"
        "from recsys.files.tables import write_table\n"
        "numbers = pl.int_range(600_000, eager=True)\n"
        "frame = pl.DataFrame({'a': numbers, 'b': (numbers % 977).cast(pl.String)})\n"
        "write_table(frame, pathlib.Path(sys.argv[1]))"
    )
    for threads in ("1", "3"):
        path = tmp_path / f"{threads}.parquet"
        subprocess.run(
            [sys.executable, "-c", script, path],
            cwd=ROOT,
            env={"POLARS_MAX_THREADS": threads},
            check=True,
        )
    assert (tmp_path / "1.parquet").read_bytes() == (
        tmp_path / "3.parquet"
    ).read_bytes()


def test_parts_are_written_as_the_whole_is(tmp_path: Path) -> None:
    """The same bytes, wherever they were cut, and whoever wrote them."""
    numbers = pl.int_range(ROWS_IN_GROUP * 2 + 77, eager=True)
    texts = (numbers % 977).cast(pl.String)
    frame = pl.DataFrame({"a": numbers, "b": texts, "c": numbers.cast(pl.Float64)})
    write_table(frame, tmp_path / "whole.parquet")
    cuts = (0, 5, 5, ROWS_IN_GROUP + 3, len(frame))
    parts = []
    for at, (begin, end) in enumerate(itertools.pairwise(cuts)):
        parts.append(tmp_path / f"part{at}.parquet")
        frame[begin:end].write_parquet(parts[-1], row_group_size=70_000)
    write_parts(parts, tmp_path / "parts.parquet")
    whole, of_parts = (tmp_path / f"{name}.parquet" for name in ("whole", "parts"))
    assert whole.read_bytes() == of_parts.read_bytes()


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet\n" * 100])
def test_what_is_no_parquet_is_one_line_that_names_the_file(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with complains(DataError, path, "not a readable parquet file", "dvc repro"):
        read_table(path)


def test_a_missing_file_or_column_is_one_line_that_names_the_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.parquet"
    with complains(DataError, path, "no such file", "dvc repro"):
        read_table(path)
    write_table(FRAME, path)
    with complains(DataError, path, "stars"):
        read_table(path, ["stars"])


def test_a_write_that_fails_leaves_the_former_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_table(FRAME, path)
    before = snapshot(tmp_path)
    with pytest.raises(AttributeError):
        write_table(None, path)  # type: ignore[arg-type]  # wrong on purpose
    assert snapshot(tmp_path) == before


def test_a_full_disk_is_told_by_name(tmp_path: Path) -> None:
    """The system refuses to let any file of the process grow beyond 64 KB."""
    path = tmp_path / "t.parquet"
    program = (
        "import resource, sys; from pathlib import Path; import polars as pl\n"
        "from recsys.files.tables import write_table\n"
        "from recsys.program.command_line import exit_code_of\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))\n"
        "texts = [str(n * n) for n in range(100000)]\n"
        "table = pl.DataFrame({'text': texts})\n"
        "sys.exit(exit_code_of(lambda: write_table(table, Path(sys.argv[1]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 8, done.stderr
    assert done.stderr.startswith(f"error: {path}: File too large; free some space")
    assert list(tmp_path.iterdir()) == []
