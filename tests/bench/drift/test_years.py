"""A short form of the bench: quiet years end without an alarm, and planted drift is found."""

import pytest

from bench.drift import years
from bench.drift.shops import SHOPS
from recsys.drift.holm import Shift
from recsys.drift.judge import InWindow
from recsys.drift.params import Params
from recsys.program.params import load
from tests.worlds import ROOT

PARAMS = load(Params, "drift", ROOT / "params.yaml").model_copy(
    update={"shown_windows": years.WEEKS, "resamples": 999}
)


@pytest.mark.parametrize("shop", list(SHOPS))
def test_quiet_years_end_without_an_alarm_where_fixed_thresholds_have_one(
    shop: str,
) -> None:
    found = years.quiet(SHOPS[shop], 60, range(4), PARAMS)
    assert (found["years"], found["alarm"]) == (4, 0.0)
    assert found["flagged_windows"] < 0.03
    assert found["fixed_alarm"] == found["fixed_top_items"] == 1.0


def test_planted_drift_is_found_within_two_windows() -> None:
    rows = list(years.power(SHOPS["sample"], 1000, 3, PARAMS))
    assert [row["planted"] for row in rows] == list(years.PLANTED)
    assert {row["found_within_2_windows"] for row in rows} == {1.0}


def test_an_alarm_is_two_flags_of_three_windows_at_any_look() -> None:
    def told(*flags: bool) -> bool:
        windows = [InWindow(0, 1, Shift(0.5, 0.001), flag) for flag in flags]
        return years.alarm(windows, PARAMS)

    assert told(False, True, False, True, False, False, False)
    assert not told(True, False, False, True, False, False, True)


def test_windows_for_peers_are_columns_of_equal_length() -> None:
    found = years.windows_for_peers(SHOPS["sample"], 50, 1, (8, 2))
    assert {len(column) for column in found.values()} == {len(found["week"])}
    assert (found["week"].min(), found["week"].max()) == (-8, 1)
