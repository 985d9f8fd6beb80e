"""Years of a shop, judged by ours and by fixed thresholds; and drift that is planted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.drift.shop import QUIET, Change, Traits, year
from recsys.drift import judge, ratings
from recsys.drift.events import WEEK, Events
from recsys.drift.judge import InWindow, Judged
from recsys.drift.params import MEASURES, WEEKLY, Params
from recsys.program.seeds import generator

WEEKS = 52
PLANTED: dict[str, tuple[str, Change]] = {  # the measure that is to see it
    "low ratings + 20 points": ("rating", Change(low=0.2)),
    "ten new top-20 items": ("top_items", Change(new_top=10)),
    "rate halved": ("rate", Change(rate=0.5)),
    "new-user share doubled": ("new_users", Change(new_users=2.0)),
}
FIXED = {"rating": 0.1, "top_items": 0.2, "rate": 0.3}  # the former thresholds
FIXED_TOP = 20
STARS = 11  # half stars from 0 to 5

Row = dict[str, Any]


def alarm(tested: Sequence[InWindow], params: Params) -> bool:
    """Whether a look at the end of any window would have found drift."""
    ends = range(1, len(tested) + 1)
    return any(judge.verdict_of(tested[:end], params) == "drift" for end in ends)


def quiet(traits: Traits, a_week: int, years: Iterable[int], params: Params) -> Row:
    """Share of quiet years with an alarm, by ours and by the fixed thresholds."""
    by_measure, by_fixed, flags = [], [], 0.0
    count = 0
    for each in years:
        rng = generator(params.seed, a_week, each)
        weeks = params.reference_weeks, WEEKS
        events, vectors = year(traits, a_week, weeks, rng)
        judged = judge.judge(events, vectors, params)
        by_measure.append([alarm(judged.tested[name], params) for name in MEASURES])
        by_fixed.append(fixed(events, params.reference_weeks))
        flags += flagged_windows(judged)
        count += 1
    ours, others = np.array(by_measure), np.array(by_fixed)
    found: Row = {
        "shop": traits.name,
        "events_a_window": a_week,
        "years": count,
        "alarm": share(ours.any(axis=1)),
        "flagged_windows": round(flags / count, 4),
    }
    found |= {name: share(ours[:, at]) for at, name in enumerate(MEASURES)}
    names = [f"fixed_{name}" for name in FIXED]
    found |= {
        name: share(others[:, :, at].any(axis=1)) for at, name in enumerate(names)
    }
    found["fixed_windows"] = round(float(others.any(axis=2).mean()), 4)
    found["fixed_alarm"] = share(others.any(axis=(1, 2)))
    return found


def flagged_windows(judged: Judged) -> float:
    """Share of the windows in which anything is flagged."""
    until: dict[int, bool] = {}
    for tested in judged.tested.values():
        for one in tested:
            until[one.until] = until.get(one.until, False) or one.flagged
    return float(np.mean(list(until.values())))


def share(values: Any) -> float:
    """Of the true ones of an array, 4 decimals."""
    return round(float(np.mean(values)), 4)


def fixed(events: Events, weeks: int) -> np.ndarray:
    """Which of FIXED each week since is over, beside those of the reference: (weeks, 3) bool."""
    period, count = events.periods(WEEK), events.complete(WEEK)
    kept = (period >= -weeks) & (period < count)
    row = np.maximum(period[kept], -1) + 1  # the reference, then each week

    def table(values: np.ndarray, size: int) -> np.ndarray:
        cells = np.bincount(row * size + values[kept], minlength=(count + 1) * size)
        return cells.reshape(count + 1, size)

    stars = table(ratings.halves(events.rating), STARS)
    top = is_top(table(events.item, len(events.item_ids)), FIXED_TOP)
    total = stars.sum(axis=1)
    share = stars / np.maximum(total, 1)[:, None]
    shifts = {
        "rating": np.abs(share[1:] - share[0]).sum(axis=1) / 2,
        "top_items": 1
        - (top[1:] & top[0]).sum(axis=1) / (top[1:] | top[0]).sum(axis=1),
        "rate": np.abs(total[1:] * weeks / total[0] - 1),
    }
    return np.stack([shifts[name] > limit for name, limit in FIXED.items()], axis=1)


def is_top(counts: np.ndarray, top: int) -> np.ndarray:
    """Which items are among the most popular, (n, items) bool, of counts (n, items).

    Of equal ones the first in the order of ids are; an item without events is not.
    """
    items = counts.shape[1]
    top = min(top, items)
    keys = counts * items + np.arange(items - 1, -1, -1)
    places = np.argpartition(keys, items - top, axis=1)[:, items - top :]
    found = np.zeros(counts.shape, dtype=bool)
    np.put_along_axis(found, places, True, axis=1)
    return found & (counts > 0)


def power(
    traits: Traits, a_week: int, times: int, params: Params, within: int = 2
) -> Iterator[Row]:
    """How often planted drift is drift after so many windows of the measure that is to see it."""
    for name, (measure, change) in PLANTED.items():
        long = params.windows_a_weekly_one if measure in WEEKLY else 1
        weeks = params.reference_weeks, within * long * params.window_days // 7
        found, first, sensible = 0, 0, 0
        for each in range(times):
            rng = generator(params.seed, a_week, each, 1)
            events, vectors = year(traits, a_week, weeks, rng, change)
            judged = judge.judge(events, vectors, params)
            flags = [one.flagged for one in judged.tested[measure][:within]]
            found += judged.verdicts[measure] == "drift"
            first += bool(flags and flags[0])
            over = fixed(events, params.reference_weeks)
            sensible += bool(over[:within].any())
        yield {
            "shop": traits.name,
            "planted": name,
            "times": times,
            "events_a_window": a_week,
            f"found_within_{within}_windows": round(found / times, 3),
            "flagged_in_the_first": round(first / times, 3),
            f"fixed_within_{within}_weeks": round(sensible / times, 3),
        }


def windows_for_peers(
    traits: Traits,
    a_week: int,
    seed: int,
    weeks: tuple[int, int],
    change: Change = QUIET,
) -> Mapping[str, np.ndarray]:
    """Events as columns for programs of others: week, user, product, stars, quality."""
    events, _ = year(traits, a_week, weeks, generator(seed, a_week, 0), change)
    period = events.periods(WEEK)
    kept = period >= -weeks[0]
    columns: dict[str, Callable[[], np.ndarray]] = {
        "week": lambda: period,
        "product": lambda: events.item,
        "stars": lambda: events.rating,
        "quality": lambda: events.quality,
    }
    return {name: made()[kept] for name, made in columns.items()}
