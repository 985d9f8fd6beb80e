"""The bench of memory: both searches, side by side."""

from pathlib import Path

from bench.models import lately
from recsys.models import choice
from tests.bench.models.tables import rows_of


def test_both_searches_stand_side_by_side(
    raw: Path, light: Path, tmp_path: Path
) -> None:
    out, grid = tmp_path / "out.md", choice.GRID
    words = [str(raw), "--params", str(light), "--out", str(out), "--seeds", "1"]
    lately.main(words)
    rows = rows_of(out.read_text())
    assert [row[1] for row in rows] == ["als", "als", "bpr", "bpr"]
    for row in rows:
        gain = float(row[5].split()[0])
        assert abs(gain - (float(row[3]) - float(row[4]))) < 2e-4
        if row[6] == "0":
            assert gain == 0
    assert choice.GRID is grid


def test_without_memory_none_is_tried() -> None:
    with lately.none_remembered(none=True):
        assert {one.memory for one in choice.GRID} == {0.0}
    assert {one.memory for one in choice.GRID} > {0.0}
