"""Do events come at another rate, are more users or products new? Weeks are compared with weeks.

Days are not Poisson (a sale, a holiday), so the weeks themselves say how much they differ. All
weeks are whole: each has the same weekdays.

The test is Student's t on the logarithms of weekly totals, and on weekly shares: where nothing has
changed, both sides have one variance. Welch's, which lets them differ, has little more than five
degrees of freedom where a window has six weeks, and missed a rate that was halved in four of ten
cases; Student's finds nine of ten, and keeps its level (bench/results/drift.md, the shop hasaki).
As six weeks may lie close together by luck, the variance is at least what chance alone makes: of
the logarithm of a count, 1 / count; of a share, p (1 - p) / n.

A week of a sale, or one whose events were lost, is no change of the rate: weeks beyond three times
the median of their side, or below a third of it, are left out.

A user is new who was not there in the `reference_weeks` before. A product is new if none of so many
events before the week was of it as `new_after_weeks` have in the mean of the reference. Never
before would not do: it takes years until each customer has come once, and each product of the
catalogue has been sold once, so ever fewer would be new in the quietest of years; and where the
files begin, all are. A week without so much before it says nothing. Nor would so many weeks do for
products: after a sale few are new for as long.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from scipy import special

from recsys.drift.events import WEEK, Events, grouped
from recsys.drift.holm import Found, Shift
from recsys.drift.params import Params

UNUSUAL = 3.0  # times the median


@dataclass(frozen=True, eq=False)
class Weeks:
    """What is counted of each week; arrays are (weeks,) float64."""

    events: np.ndarray
    users: np.ndarray
    new_users: np.ndarray  # of the users; NaN where too little before is known
    new_items: (
        np.ndarray
    )  # events of new items; NaN where what came before is not known
    unknown_products: np.ndarray  # events of items that the catalogue does not have


def weeks_of(events: Events, first: int, last: int, new_after: int, away: int) -> Weeks:
    """The weeks from `first` to `last`, both included; 0 is the first one after the reference. Who
    was `away` for so many weeks is a new user, `new_after` says the same of products.
    """
    week = events.periods(WEEK)
    low = int(week.min(initial=0))
    starts, mean = _starts(week), _mean(week, events.lived(WEEK))
    begin = int(np.searchsorted(week, first))
    visits, is_new = _weeks_of_users(events.user, week, first - away, away)
    items = _visits(events.item, week, begin)
    far = starts[items.week - low] - items.before
    item_is_new = far > new_after * mean
    count = last - first + 1
    wanted = np.clip(np.arange(first, last + 1) - low, 0, None)
    known = starts[np.minimum(wanted, len(starts) - 1)] >= new_after * mean

    def in_weeks(weeks: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
        inside = (weeks >= first) & (weeks <= last)
        weight = None if of is None else of[inside]
        found = np.bincount(weeks[inside] - first, weight, minlength=count)
        return found.astype(np.float64)

    return Weeks(
        events=in_weeks(week),
        users=in_weeks(visits),
        new_users=np.where(
            np.arange(first, last + 1) - away >= -events.lived(WEEK),
            in_weeks(visits[is_new]),
            np.nan,
        ),
        new_items=np.where(
            known, in_weeks(items.week, item_is_new * items.events), np.nan
        ),
        unknown_products=in_weeks(week[~events.in_catalogue[events.item]]),
    )


def part_of(weeks: Weeks, begin: int, end: int) -> Weeks:
    """Some of them, by their place; `end` is not among them."""
    values = {each.name: getattr(weeks, each.name)[begin:end] for each in fields(weeks)}
    return Weeks(**values)


def around(events: Events, params: Params) -> tuple[Weeks, int]:
    """The newest `reference_weeks` of the reference, or as many as it has lived, and all that are
    over since; and how many of them are of the reference.
    """
    before = min(params.reference_weeks, events.lived(WEEK))
    over = events.complete(WEEK)
    after, away = params.new_after_weeks, params.reference_weeks
    return weeks_of(events, -before, over - 1, after, away), before


def _weeks_of_users(
    user: np.ndarray, week: np.ndarray, since: int, away: int
) -> tuple[np.ndarray, np.ndarray]:
    """The weeks (visits,) of users (events,), each week of a user once, from the week `since` on;
    and which of them, bool, come after none in as many weeks as `away`.
    """
    begin = int(np.searchsorted(week, since))
    low, span = since, int(week.max(initial=since)) - since + 1
    keys = user[begin:] * span + (week[begin:] - low)
    keys.sort()
    keys = keys[np.diff(keys, prepend=-1) > 0]
    found = keys % span + low
    is_same = np.diff(keys // span, prepend=-1) == 0
    is_near = np.diff(found, prepend=0) <= away
    return found, ~(is_same & is_near)


class _Visits(NamedTuple):
    """Each item in a week once, (visits,)."""

    week: np.ndarray
    events: np.ndarray  # how many it has
    # how many of all came up to its last in earlier weeks; -inf: never
    before: np.ndarray


def _visits(codes: np.ndarray, week: np.ndarray, begin: int) -> _Visits:
    """Of events (events,) in the order of time, those from `begin` on, where a week begins."""
    ends = np.full(int(codes.max(initial=-1)) + 1, -np.inf)
    ends[codes[:begin]] = np.arange(1, begin + 1)  # of equal codes the last counts
    low = int(week[begin:].min(initial=0))
    span = int(week[begin:].max(initial=0)) - low + 1
    order, bounds = grouped(codes[begin:] * span + (week[begin:] - low))
    newest = begin + order[bounds[1:] - 1]
    before = ends[codes[newest]]
    again = np.flatnonzero(np.diff(codes[newest]) == 0)
    before[again + 1] = newest[again] + 1
    return _Visits(week[newest], np.diff(bounds), before)


def _starts(week: np.ndarray) -> np.ndarray:
    """How many events came before each week, from the first one on."""
    counts = np.bincount(week - week.min(initial=0))
    return np.concatenate([[0.0], np.cumsum(counts)])


def _mean(week: np.ndarray, lived: int) -> float:
    """Events of a week of the reference."""
    return float(((week >= -lived) & (week < 0)).sum()) / max(1, lived)


def compare(reference: Weeks, window: Weeks, params: Params) -> dict[str, Found]:
    """The weekly measures of a window beside the reference.

    The effect of the rate is its relative change, 0.5 for one that was halved; of a share it is
    the difference, 0 to 1.
    """
    return {
        "rate": _rate(reference.events, window.events, params),
        "new_users": _share(
            reference.new_users, reference.users, window.new_users, window.users, params
        ),
        "new_items": _share(
            reference.new_items,
            reference.events,
            window.new_items,
            window.events,
            params,
        ),
        "unknown_products": _share(
            reference.unknown_products,
            reference.events,
            window.unknown_products,
            window.events,
            params,
        ),
    }


def _rate(reference: np.ndarray, window: np.ndarray, params: Params) -> Found:
    if why := _too_few(len(reference), len(window), params):
        return why
    usual = [usual_weeks(each) for each in (reference, window)]
    sides = [np.log(np.maximum(each, 0.5)) for each in usual]
    chance = [1 / max(float(each.mean()), 0.5) for each in usual]
    change = float(np.exp(sides[1].mean() - sides[0].mean())) - 1
    return Shift(abs(change), student(*sides, *chance))


def usual_weeks(events: np.ndarray) -> np.ndarray:
    """The weeks that are not far from their median; all if few would be left."""
    median = np.median(events)
    kept = events[(events <= UNUSUAL * median) & (events * UNUSUAL >= median)]
    return kept if 2 * len(kept) > len(events) else events


def _share(
    part: np.ndarray,
    whole: np.ndarray,
    window_part: np.ndarray,
    window_whole: np.ndarray,
    params: Params,
) -> Found:
    kept = (whole > 0) & ~np.isnan(part)
    window_kept = (window_whole > 0) & ~np.isnan(window_part)
    if why := _too_few(int(kept.sum()), int(window_kept.sum()), params):
        return why
    share = part[kept] / whole[kept]
    window_share = window_part[window_kept] / window_whole[window_kept]
    sums = [each[kept].sum() for each in (part, whole)]
    window_sums = [each[window_kept].sum() for each in (window_part, window_whole)]
    both = float((sums[0] + window_sums[0]) / (sums[1] + window_sums[1]))
    chance = [
        both * (1 - both) / float(each.mean())
        for each in (whole[kept], window_whole[window_kept])
    ]
    effect = abs(float(window_share.mean() - share.mean()))
    return Shift(effect, student(share, window_share, *chance))


def _too_few(reference: int, window: int, params: Params) -> str:
    """Why the weeks are too few; "" if they are not."""
    if min(reference, window) >= params.fewest_weeks:
        return ""
    return f"{reference} and {window} weeks; {params.fewest_weeks} of both are needed"


def student(
    one: np.ndarray, other: np.ndarray, chance_one: float, chance_other: float
) -> float:
    """p of "the means are equal", two-sided, from values (n,) of each side and the least variance
    of a value there.
    """
    sides = (one, other)
    freedom = len(one) + len(other) - 2
    pooled = sum(float(((side - side.mean()) ** 2).sum()) for side in sides) / freedom
    error = sum(
        max(pooled, chance) / len(side)
        for side, chance in zip(sides, (chance_one, chance_other), strict=True)
    )
    if not error:
        return 1.0
    t = abs(float(one.mean() - other.mean())) / error**0.5
    return float(2 * special.stdtr(freedom, -t))
