"""Rows that a writer loses, counted."""

from pathlib import Path

import pytest

from bench.speed import writer
from bench.speed.writer import (
    HOLDS,
    KINDS,
    OBVIOUS,
    OPENS,
    OURS,
    Result,
    lost_and_doubled,
)


def test_rows_are_counted_by_their_numbers(tmp_path: Path) -> None:
    rows = {
        n: f'u{n},p1,5,"row {n},\nin two lines",2024-01-01 10:00:00\n' for n in range(4)
    }
    (tmp_path / "1.csv").write_text(writer.HEADER + rows[0] + rows[1])
    (tmp_path / "2.csv").write_text(writer.HEADER + rows[1] + rows[3])
    assert lost_and_doubled(tmp_path, 5) == (
        2,
        1,
    )  # 2 and 4 are lost, 1 stands there twice


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_writes_whole_rows_below_a_header(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "new_interactions.csv"
    written = writer.write_rows(path, 0.05, kind)
    lines = path.read_text().splitlines()
    assert lines[0] == writer.HEADER.strip()
    assert written > 0 and len(lines) == 1 + 2 * written


def test_the_obvious_way_moves_the_file(tmp_path: Path) -> None:
    staging, batches = tmp_path / "staging", tmp_path / "batches"
    staging.mkdir(), batches.mkdir()
    assert writer.read_then_move(staging, batches) == 0
    (staging / "new_interactions.csv").write_text("x")
    assert writer.read_then_move(staging, batches) == 1
    assert not (staging / "new_interactions.csv").exists()
    assert [path.read_text() for path in batches.iterdir()] == ["x"]


def result(way: str, lost: int) -> Result:
    return Result(way, OPENS, 1000, lost, 0, 5, 4)


@pytest.mark.parametrize(
    ("way", "lost", "code"), [(OURS, 0, 0), (OURS, 1, 1), (OBVIOUS, 9, 0)]
)
def test_only_what_our_intake_loses_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str, lost: int, code: int
) -> None:
    monkeypatch.setattr(writer, "trials", lambda _: iter([result(way, lost)]))
    out = tmp_path / "out.txt"
    assert writer.main(["--seconds", "1", "--out", str(out)]) == code
    head, line = out.read_text().splitlines()
    assert head.startswith("1 s, a row a millisecond, Python 3")
    assert f"{lost:6d} lost ({lost / 10:.2f} %)" in line


def test_a_result_names_way_and_kind() -> None:
    line = Result(OURS, HOLDS, 10, 0, 0, 1, 1).line()
    assert line.startswith("claim and seal  holds open ")
