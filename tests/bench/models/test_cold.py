"""The report of cold items and users."""

from pathlib import Path

import pytest

from bench.models import cold, cold_items, cold_users


def test_cold_has_three_tables_a_shop(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (cold_items, cold_users):
        monkeypatch.setattr(module, "SEEDS", (0,))
    cold.main([str(raw), "--params", str(light), "--out", str(tmp_path / "out.md")])
    text = (tmp_path / "out.md").read_text()
    assert (
        text.startswith("# Cold items and cold-start users\n")
        and "## Shop `tiny`" in text
    )
    assert text.count("\n|---") == 3
    assert "ALS, feature prior and ridge" in text and "folded in" in text
