"""What each user did in each period: so much is drawn together, and one review of it counts."""

from dataclasses import dataclass

import numpy as np

from recsys.drift.events import Events, grouped


@dataclass(frozen=True, eq=False)
class Units:
    """A unit a user and period, by period and then by user.

    A card stands for a unit where units are drawn: one place in memory a unit, instead of four. Its
    first number is the item, if the unit has one event, as most have; else -1 - its place here.
    """

    period: np.ndarray  # (units,) int64, ascending
    begin: np.ndarray  # (units + 1,) int64: where the events of each begin in `item`
    item: np.ndarray  # (events,) int64, a place in item_ids
    cards: (
        np.ndarray
    )  # (units, 2) float64: what it bought, as below; the sum of comment quality
    latest: np.ndarray  # (units,) int64, its latest event: a place in Events
    items: int

    def between(self, first: int, last: int) -> np.ndarray:
        """The cards of these periods, both included, (some, 2) float64."""
        begin, end = np.searchsorted(self.period, [first, last + 1])
        return self.cards[begin:end]


def units_of(events: Events, period: np.ndarray) -> Units:
    """The units of the events, which are in these periods (events,)."""
    users, low = int(events.user.max(initial=0)) + 1, period.min(initial=0)
    order, begin = grouped((period - low) * users + events.user)
    latest = order[begin[1:] - 1]  # events stand in the order of time
    item, places = events.item[order], np.arange(len(latest))
    bought = np.where(np.diff(begin) == 1, item[begin[:-1]], -1 - places)
    quality = np.add.reduceat(events.quality[order], begin[:-1])
    return Units(
        period=period[latest],
        begin=begin,
        item=item,
        cards=np.stack([bought, quality], axis=1),
        latest=latest,
        items=len(events.item_ids),
    )
