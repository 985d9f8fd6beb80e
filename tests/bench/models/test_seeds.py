"""The bench of seeds: the spread of each training, beside that of the first one."""

from pathlib import Path

import numpy as np

from bench.models import seeds
from tests.bench.models.tables import rows_of


def test_each_training_has_its_spread_beside_the_first(
    raw: Path, light: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.md"
    words = [str(raw), "--params", str(light), "--out", str(out), "--seeds", "2"]
    seeds.main(words)
    rows = rows_of(out.read_text())
    assert [tuple(row[1:3]) for row in rows] == [
        (name, what)
        for name in ("first", "pairs", "shipped")
        for what in ("by_factors", "served")
    ]
    for row in rows:
        for mean, values, spread in (row[3:6], row[7:10]):
            low, high = map(float, values.split(" to "))
            assert low <= float(mean) <= high
            assert np.isclose(float(spread), (high - low) / np.sqrt(2), atol=2e-4)
    assert [row[6] for row in rows[:2]] == ["1.00", "1.00"]
