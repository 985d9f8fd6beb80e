"""A file on another scale is told by its numbers, with the scale that it most likely is on."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.shop_csv.rating_scale import STARS, Ratings, Scale, likely, misread

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def ratings(*cells: str, times: int = 10) -> Ratings:
    found = Ratings()
    for _ in range(times):
        found.add(pa.array(cells, pa.string()))
    return found


@pytest.mark.parametrize(
    ("cells", "scale"),
    [
        (("10", "9", "8", "5", "2"), "[1, 10]"),
        (("0", "3", "10"), "[0, 10]"),
        (("20", "60", "80", "100"), "[20, 100]"),
        (("0", "55", "87.5"), "[0, 100]"),
        (("0", "1", "1"), "[0, 1]"),
        (("0.2", "0,8", "1"), "[0, 1]"),
        (("-1", "1"), "[-1, 1]"),
        (("1", "4", "7"), "[1, 7]"),
        (("0", "12", "20"), "[0, 20]"),
        (("0.5", "3.5", "5"), "[0.5, 5]"),
    ],
)
def test_another_scale_is_told_with_both(cells: tuple[str, ...], scale: str) -> None:
    told = misread(ratings(*cells), STARS, 20)
    assert "no scale of 1 to 5" in told
    assert f"merge.rating_scale: {scale} in params.yaml" in told
    low, high = (float(end) for end in scale.strip("[]").split(","))
    assert misread(ratings(*cells), Scale(low, high), 20) == ""


@pytest.mark.parametrize(
    "cells",
    [
        ("5", "5", "4", "1"),
        ("4.5", "3.5"),
        ("5",),
        ("1",),
        ("0", "5", "4"),
        ("", "five"),
    ],
)
def test_stars_are_stars_and_a_zero_is_one_that_was_not_given(
    cells: tuple[str, ...],
) -> None:
    assert misread(ratings(*cells), STARS, 20) == ""


def test_some_slips_are_no_scale_and_few_ratings_say_nothing() -> None:
    slips = Ratings(Counter({5.0: 500, 50.0: 5}))
    assert misread(slips, STARS, 20) == ""
    slips.counts[50.0] = 6
    assert misread(slips, STARS, 20)
    assert misread(Ratings(Counter({5.0: 18, 9.0: 2})), STARS, 20) == ""
    assert misread(ratings("10", "2", times=9), STARS, 20) == ""


def test_stars_under_a_declared_scale_of_ten_are_told() -> None:
    told = misread(ratings("5", "4", "1"), Scale(1, 10), 20)
    assert "no scale of 1 to 10" in told and "[1, 5]" in told
    assert misread(ratings("5", "4", "9"), Scale(1, 10), 20) == ""


def test_many_distinct_ratings_are_counted_in_bounded_memory() -> None:
    found = Ratings()
    found.add(pa.array([f"{number / 1000:.3f}" for number in range(5000)], pa.string()))
    assert found.total == 5000
    assert len(found.counts) <= 206


@quick
@given(
    st.integers(-3, 3),
    st.integers(1, 100),
    st.lists(st.floats(0, 1), min_size=2, max_size=9),
)
def test_a_scale_keeps_the_order_and_its_ends(
    low: int, width: int, shares: list[float]
) -> None:
    scale = Scale(low, low + width)
    values = sorted(low + share * width for share in shares)
    stars = [scale.stars(value) for value in values]
    assert stars == sorted(stars)
    assert (scale.stars(low), scale.stars(low + width)) == (1, 5)
    assert all(1 <= value <= 5 for value in stars)


@quick
@given(st.lists(st.integers(0, 100), min_size=1))
def test_a_likely_scale_holds_what_it_is_likely_for(values: list[int]) -> None:
    scale = likely(values)
    assert scale.low <= min(values) and max(values) <= scale.high
