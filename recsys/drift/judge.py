"""Windows, the tests in each, and the verdict: none, watch, drift or too little data.

A window lasts `window_days`; the first begins where the reference ends, so they never overlap and
an earlier one never changes. Each is compared with the newest `reference_weeks` of the reference.
Measures of weeks need some weeks on both sides: their windows are as many windows long as it takes,
and are tested when the last of these is over.

In a window, Holm holds the chance that any measure is flagged though nothing has changed at
`level`; a flag needs the effect floor, too. One flag of the last `alarm_windows` windows of a
measure is a watch, `alarm_after` of them are drift. So a quiet year ends without an alarm in 95 of
100 cases and more (bench/results/drift.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.drift import ratings, resampled, weekly
from recsys.drift.events import DAY, Events
from recsys.drift.holm import Found, Shift, rejected
from recsys.drift.params import MEASURES, WEEKLY, Params
from recsys.drift.units import units_of
from recsys.drift.weekly import Weeks
from recsys.program.seeds import generator

Verdict = Literal["too_little_data", "none", "watch", "drift"]
VERDICTS: tuple[Verdict, ...] = ("too_little_data", "none", "watch", "drift")


@dataclass(frozen=True)
class InWindow:
    """A measure in one of its windows."""

    since: int  # microseconds; not in it
    until: int
    found: Found
    flagged: bool = False


@dataclass(frozen=True, eq=False)
class Judged:
    """What was found of each measure, its windows from the oldest on, and how many are over."""

    windows: int
    tested: Mapping[str, list[InWindow]]  # by each of MEASURES
    verdicts: Mapping[str, Verdict]
    weeks: Weeks  # of the reference, and since
    weeks_before: int  # so many of them are of the reference

    @property
    def verdict(self) -> Verdict:
        """The worst of all measures."""
        return max(self.verdicts.values(), key=VERDICTS.index)


def judge(events: Events, vectors: np.ndarray, params: Params) -> Judged:
    """Compare the windows since the reference with it; vectors (items, d) float32 of the items."""
    length = params.window_days * DAY
    count = events.complete(length)
    long = params.windows_a_weekly_one
    # as many as are shown, of the weekly ones too
    first = max(0, count - params.shown_windows * long)
    weeks, before = weekly.around(events, params)
    looks = None  # nothing is to be shared where no window is over: that is most of its cost
    tested: dict[str, list[InWindow]] = {name: [] for name in MEASURES}
    for window in range(first, count):
        looks = looks or _Looks(events, vectors, params, weeks, before)
        shown = window >= count - params.shown_windows
        found = looks.short(window) if shown else {}
        if (window + 1) % long == 0:
            found |= looks.weekly(window)
        flags = flagged(found, params)
        for name, each in found.items():
            begin = window + 1 - (long if name in WEEKLY else 1)
            since = events.until + begin * length
            until = events.until + (window + 1) * length
            tested[name].append(InWindow(since, until, each, name in flags))
    verdicts = {name: verdict_of(each, params) for name, each in tested.items()}
    return Judged(count, tested, verdicts, weeks, before)


class _Looks:
    """The tests of a window; what they share of the reference is counted once."""

    def __init__(
        self,
        events: Events,
        vectors: np.ndarray,
        params: Params,
        weeks: Weeks,
        weeks_before: int,
    ) -> None:
        self.params, self.at = params, events.until // DAY
        self.vectors = vectors.astype(np.float64)
        length = params.window_days * DAY
        self.first = first = -min(params.reference_windows, events.lived(length))
        # the newest window of the reference in any case: periods are counted from it
        newest = events.after(events.until + min(first, -1) * length)
        self.units = units_of(newest, newest.periods(length))
        self.oldest = int(self.units.period[0])
        self.reference = self.units.between(first, -1)
        self.stars = ratings.by_period(self.units, newest.rating)
        self.weeks, self.weeks_before = weeks, weeks_before

    def short(self, window: int) -> dict[str, Found]:
        """The measures of a window of `window_days`."""
        seed = self.params.seed
        stars = ratings.compare(
            self.stars[max(0, self.first - self.oldest) : -self.oldest].sum(axis=0),
            self.stars[window - self.oldest],
            self.params,
            generator(seed, self.at, window, 0),
        )
        others = resampled.compare(
            self.units,
            self.reference,
            self.units.between(window, window),
            self.vectors,
            self.params,
            generator(seed, self.at, window, 1),
        )
        return {"rating": stars, **others}

    def weekly(self, window: int) -> dict[str, Found]:
        """The measures of weeks, where a long window ends with this one."""
        weeks = self.params.window_days // 7
        end = self.weeks_before + (window + 1) * weeks
        begin = end - weeks * self.params.windows_a_weekly_one
        reference = weekly.part_of(self.weeks, 0, self.weeks_before)
        newest = weekly.part_of(self.weeks, begin, end)
        return weekly.compare(reference, newest, self.params)


def flagged(found: Mapping[str, Found], params: Params) -> set[str]:
    """The measures that have moved: sure by Holm, and as far as their floor."""
    tests = {name: one for name, one in found.items() if isinstance(one, Shift)}
    sure = rejected({name: one.p for name, one in tests.items()}, params.level)
    floors = params.floors.model_dump()
    return {name for name in sure if tests[name].effect >= floors[name]}


def verdict_of(tested: Iterable[InWindow], params: Params) -> Verdict:
    """Of one measure, by its last windows that had enough data."""
    known = [each.flagged for each in tested if isinstance(each.found, Shift)]
    flags = sum(known[-params.alarm_windows :])
    if not known:
        return "too_little_data"
    if flags >= params.alarm_after:
        return "drift"
    return "watch" if flags else "none"
