"""Figures of a shop by hand, and from a file."""

from pathlib import Path

import numpy as np
import pytest

from bench.drift import fit
from recsys.drift.events import DAY
from recsys.files.tables import write_table
from tests.recsys.drift.worlds import rows, weeks


def test_events_of_a_user_are_alike() -> None:
    user = np.repeat(np.arange(100), 2)
    own = np.repeat(np.arange(100) % 2, 2)
    assert fit.alike(own, user) == pytest.approx(1.0)
    assert fit.alike(np.tile([0, 1], 100), user) == 0.0  # less alike than by chance


def test_a_sale_is_told_apart_from_the_spread_of_weeks() -> None:
    a_week = np.full(40, 700)
    a_week[20] = 4200
    time = np.concatenate(
        [(7 * week + np.arange(count) % 7) * DAY for week, count in enumerate(a_week)]
    )
    found = fit.spreads(time, 40, a_week.astype(float))
    assert (found["sales"], found["sale_factor"]) == (0.025, 6.0)
    assert (found["day_spread"], found["week_spread"]) == (0.001, 0.0)


def test_popularity_falls_by_a_power() -> None:
    counts = np.round(5000 * np.arange(1.0, 101) ** -1.0).astype(int)
    found = fit.popularity(np.repeat(np.arange(100), counts))
    assert found == {"items": 100, "tilt": 1.0, "shift": 0.0}


def test_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "interactions.parquet"
    write_table(rows(*weeks(-12, -1, np.random.default_rng(1))), path)
    fit.main([str(path), "--weeks", "10"])
    said = capsys.readouterr().out
    assert "a_week=60.0," in said and "more=0.0," in said
