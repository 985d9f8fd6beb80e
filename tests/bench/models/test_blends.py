"""The bench of blends: each model, the better one, the best blend and what is served."""

from pathlib import Path

from bench.models import blends
from tests.bench.models.tables import rows_of


def test_all_are_measured_by_the_same_users(
    raw: Path, light: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.md"
    words = [str(raw), "--params", str(light), "--out", str(out), "--seeds", "2"]
    blends.main(words)
    rows = rows_of(out.read_text())
    assert [row[2] for row in rows[:10]] == [*blends.NAMES, *blends.NAMES]
    by_name = {row[2]: float(row[3]) for row in rows[:5]}
    assert min(by_name["als"], by_name["bpr"]) <= by_name["better one"]
    assert [row[1] for row in rows[10:]] == ["seed 42", "seed 43", "seconds of CPU"]
    assert all(row[2].startswith("blend ") for row in rows[10:12])
    is_offered = [row[2].startswith("blend offered") for row in rows[10:12]]
    if all(is_offered):
        assert by_name["served"] == by_name["best blend"]
    if not any(is_offered):
        assert by_name["served"] == by_name["better one"]
