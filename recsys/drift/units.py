"""What each user did in each period: so much is drawn together, and one review of it counts."""

from dataclasses import dataclass

import numpy as np

from recsys.drift.events import Events, grouped


@dataclass(frozen=True, eq=False)
class Units:
    """A unit a user and period, by period and then by user."""

    period: np.ndarray  # (units,) int64, ascending
    begin: np.ndarray  # (units + 1,) int64: where the events of each begin in `item`
    item: np.ndarray  # (events,) int64, a place in item_ids
    quality: np.ndarray  # (units,) float64, the sum of its events
    latest: np.ndarray  # (units,) int64, its latest event: a place in Events
    items: int

    def between(self, first: int, last: int) -> np.ndarray:
        """The units of these periods, both included, (some,) int64."""
        return np.arange(*np.searchsorted(self.period, [first, last + 1]))


def units_of(events: Events, period: np.ndarray) -> Units:
    """The units of the events, which are in these periods (events,)."""
    users, low = int(events.user.max(initial=0)) + 1, period.min(initial=0)
    order, begin = grouped((period - low) * users + events.user)
    latest = order[begin[1:] - 1]  # events stand in the order of time
    quality = np.add.reduceat(events.quality[order], begin[:-1])
    return Units(
        period=period[latest],
        begin=begin,
        item=events.item[order],
        quality=quality,
        latest=latest,
        items=len(events.item_ids),
    )
