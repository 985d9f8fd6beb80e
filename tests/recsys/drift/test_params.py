"""What windows there can be."""

import pytest
from pydantic import ValidationError

from recsys.drift.params import MEASURES, WEEKLY, Floors
from recsys.drift.params import Params as Section
from recsys.program.params import load
from tests.recsys.drift.worlds import params
from tests.worlds import ROOT


def test_weekly_measures_have_windows_as_long_as_they_need() -> None:
    assert params().windows_a_weekly_one == 6
    assert params(window_days=28).windows_a_weekly_one == 2
    assert params(window_days=42).windows_a_weekly_one == 1
    assert params(window_days=28).reference_windows == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"alarm_after": 4}, "alarm_after may not be above alarm_windows"),
        ({"shown_windows": 2}, "above shown_windows"),
        ({"reference_weeks": 5}, "reference_weeks may not be below"),
        ({"window_days": 63}, "reference_weeks may not be below"),
        ({"window_days": 10}, "multiple of 7"),
    ],
)
def test_windows_that_cannot_be(changes: dict[str, int], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        params(**changes)


def test_each_measure_has_a_floor_and_the_shipped_ones_are_those_carried_over() -> None:
    assert set(Floors.model_fields) == set(MEASURES) > set(WEEKLY)
    floors = load(Section, "drift", ROOT / "params.yaml").floors
    assert (floors.rating, floors.top_items, floors.rate) == (0.1, 0.2, 0.3)
