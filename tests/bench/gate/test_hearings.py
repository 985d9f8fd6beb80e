"""Years of the court, short."""

from bench.gate.hearings import Weeks, alarms
from recsys.statistics import court


def test_equal_models_raise_few_alarms(court_params: court.Params) -> None:
    for weeks in (Weeks(100), Weeks(100, promoted=0.7)):
        found = alarms(weeks, 20, 1, court_params)
        assert found["alarms"] <= 0.1 and found["week_of_90_percent"] is None


def test_a_loss_of_a_fifth_is_noticed_within_weeks(court_params: court.Params) -> None:
    found = alarms(Weeks(1000, loss=0.2), 10, 1, court_params)
    assert found["alarms"] == 1.0 and found["median_week"] <= 3
    assert (found["users"], found["loss"]) == (1000, 0.2)
