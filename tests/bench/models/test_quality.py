"""The report of comment quality."""

from pathlib import Path

import pytest

from bench.models import quality, quality_ranking
from tests.bench.models.tables import rows_of


def test_quality_reads_stars_and_ranks_with_each_confidence(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_ranking, "SEEDS", (1,))
    monkeypatch.setattr(quality, "VARIANTS", ())
    quality.main([str(raw), "--params", str(light), "--out", str(tmp_path / "out.md")])
    text = (tmp_path / "out.md").read_text()
    rows = rows_of(text)
    assert [row[0][:2] for row in rows[-6:]] == ["A:", "B:", "C:", "D:", "E:", "F:"]
    assert all(0 <= float(row[1]) <= 1 for row in rows[-6:])
    assert "## Shop `tiny`" in text and "### Reading the stars" in text
    assert text.count(" (params.yaml):") == 1
