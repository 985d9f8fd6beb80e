"""The bench of the setting for texts: both searches, side by side."""

from pathlib import Path

from bench.models import texts
from recsys.als.presets import PRESETS
from tests.bench.models.tables import rows_of


def test_both_searches_stand_side_by_side(
    raw: Path, light: Path, tmp_path: Path
) -> None:
    out, before = tmp_path / "out.md", list(PRESETS)
    words = [str(raw), "--params", str(light), "--out", str(out), "--seeds", "1"]
    texts.main(words)
    rows = rows_of(out.read_text())
    assert [row[1] for row in rows] == ["recall_at_10", "ndcg_at_10"]
    for row in rows:
        gain = float(row[4].split()[0])
        assert abs(gain - (float(row[2]) - float(row[3]))) < 2e-4
        if row[5] != texts.PRESET:
            assert gain == 0
    assert list(PRESETS) == before


def test_without_it_the_others_are_tried() -> None:
    before = dict(PRESETS)
    with texts.without_it(without=True):
        assert set(PRESETS) == set(before) - {texts.PRESET}
    with texts.without_it(without=False):
        assert before == PRESETS
    assert before == PRESETS
