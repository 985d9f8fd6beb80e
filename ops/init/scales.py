"""Ratings whose scale is easily taken for another one: the lowest is the best, or no rating at all,
and the highest is none that anybody gave.
"""

from collections.abc import Sequence

from ops.init.doubts import FEWEST, Doubt
from recsys.shop_csv.rating_scale import STARS, Scale, is_narrower

MOST_WORST = 0.4  # of the ratings are the worst one, ...
SOME_WORST = 0.2  # ... or so many, and the others are mostly bad ones
FEW_KINDS = 10  # of ratings: grades, each of which is given
SURE = 100  # of so many grades one is the best


def of_scale(place: str, values: Sequence[float], scale: Scale) -> Doubt | None:
    """The first question about the scale that these ratings seem to be on."""
    return (
        of_zero(place, values, scale)
        or of_minus(place, values, scale)
        or of_top(place, values, scale)
        or of_turned(place, values, scale)
    )


def of_zero(place: str, values: Sequence[float], scale: Scale) -> Doubt | None:
    """Ratings of 0 where the others are 1 to 5, 10 or 100: the worst, or not given?"""
    zeros = sum(not value for value in values)
    if scale.low or scale.high <= 1 or not zeros:
        return None
    high = f"{scale.high:g}"
    return Doubt(
        f"{place}: {zeros} of {len(values)} ratings are 0, the others up to {high}: is 0 the worst "
        f"rating (0,{high}), or one that was not given (1,{high}; its rows are refused)?",
        "--scale",
        f"1,{high}",
    )


def of_minus(place: str, values: Sequence[float], scale: Scale) -> Doubt | None:
    """One kind of rating below 0 beside several above it: the worst, or not given?"""
    below = [value for value in values if value < 0]
    above = {value for value in values if value > 0}
    if len(set(below)) != 1 or len(above) < 2 or scale.low >= 0:
        return None
    low, high, least = below[0], max(above), max(0, min(1, *above))
    return Doubt(
        f"{place}: {len(below)} of {len(values)} ratings are {low:g}, no other one is below 0: are "
        f"these the worst ones ({low:g},{high:g}), or not given ({least:g},{high:g}; their rows "
        f"are refused)?",
        "--scale",
        f"{least:g},{high:g}",
    )


def of_top(place: str, values: Sequence[float], scale: Scale) -> Doubt | None:
    """Grades of which nobody gave the best one, or ratings that are all in the lower half."""
    kinds = sorted(set(values))
    if len(values) < FEWEST or len(kinds) < 2 or kinds[-1] >= scale.high:
        return None
    are_grades = len(kinds) <= FEW_KINDS and len(values) >= SURE
    are_whole = all(not value % 1 for value in kinds)
    if not (are_grades and are_whole) and not is_narrower(kinds, scale):
        return None
    low = f"{min(kinds[0], scale.low) if scale == STARS else scale.low:g}"
    return Doubt(
        f"{place}: none of {len(values)} ratings is above {kinds[-1]:g}: is that the best one "
        f"({low},{kinds[-1]:g}), or is {scale.high:g} ({low},{scale.high:g})?",
        "--scale",
        f"{low},{kinds[-1]:g}",
    )


def of_turned(place: str, values: Sequence[float], scale: Scale) -> Doubt | None:
    """Ratings that are mostly low ones, the lowest most often, as where 1 is the best: who is
    pleased would seem not to be.
    """
    lowest = sum(value == scale.low for value in values)
    highest = sum(value == scale.high for value in values)
    if len(values) < FEWEST or lowest <= SOME_WORST * len(values) or lowest <= highest:
        return None
    is_low = 2 * sum(values) < (scale.low + scale.high) * len(values)
    if lowest <= MOST_WORST * len(values) and not is_low:
        return None
    ends = f"{scale.low:g},{scale.high:g}"
    turned = f"{scale.low + scale.high:g} - rating"
    return Doubt(
        f"{place}: {lowest} of {len(values)} ratings are {scale.low:g}: is that the worst one "
        f"({ends}), or the best? If it is the best, turn the ratings round in the file first "
        f"({turned})",
        "--scale",
        ends,
    )
