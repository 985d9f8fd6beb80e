"""The search for the params that are shipped."""

from pathlib import Path

import numpy as np
import pytest

from bench.models import defaults
from tests.bench.models.tables import rows_of


def test_defaults_shows_the_present_params_and_the_best_trials(
    raw: Path, light: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(defaults, "SEEDS", 2)
    rows = rows_of(defaults.report([raw], ["bpr"], 2, light))
    assert [row[0] for row in rows] == ["params.yaml", "1", "2"]
    assert float(rows[1][2]) >= float(rows[2][2])  # the geometric mean


def test_the_sample_shop_is_always_among_them(
    raw: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(defaults, "SEEDS", 1)
    monkeypatch.setattr(defaults, "SAMPLE", raw)
    out = tmp_path / "out.md"
    options = [
        "--trials",
        "1",
        "--model",
        "als",
        "--out",
        str(out),
        "--params",
        str(light),
    ]
    defaults.main([str(raw), *options])
    head = next(line for line in out.read_text().splitlines() if line.startswith("|"))
    assert head.startswith("|  | tiny | tiny | geometric mean |")


def test_the_geometric_mean_takes_no_zero() -> None:
    assert defaults.geometric(np.array([0.1, 0.4])) == pytest.approx(0.2)
    assert defaults.geometric(np.array([0.0, 1.0])) == pytest.approx(1e-9**0.5)
    two = np.array([[0.1, 1.0], [0.4, 1.0]])
    assert defaults.geometric(two, axis=0) == pytest.approx([0.2, 1.0])
