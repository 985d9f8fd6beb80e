"""What the served lists were worth over time: trend, and what drift has cost."""

import json
from pathlib import Path

import pytest

from recsys.drift import served
from recsys.drift.served import Hearing
from recsys.program.errors import DataError
from tests.worlds import complains


def heard(day: int, mean: float, error: float = 0.01) -> Hearing:
    return Hearing(
        since=f"2026-01-{day - 1:02}T00:00:00+00:00",
        until=f"2026-01-{day:02}T00:00:00+00:00",
        metric="ndcg_at_10",
        users=100,
        model_id="als-1",
        mean=mean,
        error=error,
        popularity=0.05,
    )


def test_a_line_that_falls() -> None:
    found = served.trend(
        [heard(1, 0.3), heard(11, 0.25), heard(21, 0.2), heard(31, 0.15)]
    )
    assert found is not None
    assert found["a_month"] == pytest.approx(-0.15)
    # 30 days have a sum of squares of 5 x (1/3)^2 x ...: error .01 / sqrt(5 / 9)
    assert found["error"] == pytest.approx(0.01 / (5 / 9) ** 0.5, abs=1e-6)
    assert found["p"] < 0.01


def test_a_trend_needs_three_hearings_and_noise_is_none() -> None:
    assert served.trend([heard(1, 0.3), heard(11, 0.2)]) is None
    assert served.trend([heard(1, 0.3)] * 3) is None
    noise = served.trend(
        [heard(1, 0.3), heard(11, 0.2), heard(21, 0.3), heard(31, 0.2)]
    )
    assert noise is not None and noise["p"] > 0.2


def test_what_drift_has_cost() -> None:
    hearings = [heard(1, 0.3), heard(8, 0.3), heard(15, 0.2), heard(22, 0.2)]
    found = served.cost(hearings, "2026-01-08T00:00:00+00:00")
    assert found == {
        "before": 0.3,
        "after": 0.2,
        "lost": 0.1,
        "error": pytest.approx(0.01, abs=1e-6),
    }
    assert served.cost(hearings, None) is None
    assert served.cost(hearings, "2026-02-01T00:00:00+00:00") is None


def test_hearings_of_another_metric_are_left_out() -> None:
    other = heard(1, 0.9).model_copy(update={"metric": "recall_at_10"})
    told = served.summary([other, heard(2, 0.3)], None)
    assert (told["metric"], len(told["hearings"]), told["trend"]) == (
        "ndcg_at_10",
        1,
        None,
    )


def test_the_file_is_read_and_a_torn_one_told(tmp_path: Path) -> None:
    assert served.read(tmp_path) == []
    path = tmp_path / "served.json"
    path.write_text(json.dumps([heard(1, 0.3).model_dump()]))
    assert served.read(tmp_path) == [heard(1, 0.3)]
    for content in ("{}", "[1]", "["):
        path.write_text(content)
        with complains(DataError, path):
            served.read(tmp_path)
