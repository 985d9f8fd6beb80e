"""Have other products become popular, are others bought, do comments say less? Users are resampled.

What is drawn is a user in a window: all that one did there. Where nothing has changed, those of the
window are like those of the reference, which is cut into windows of the same length; so the window
is compared with as many of them, drawn out of all without putting back, and the others. That keeps
the customers' reviews together. A user of the whole reference is no such unit: one of a year has
bought more than one of a week, so the drawn windows would be larger than the real one, and the test
would fire too often.

The same draws serve all three measures. They end early when each was exceeded so often that its p
is far above any level (Besag and Clifford, 1991, Sequential Monte Carlo p-values, Biometrika 78,
301): k and B of (k + 1) / (B + 1) are then those of the draws that were made.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.drift.events import Events
from recsys.drift.holm import Found, Shift, as_extreme, p_of
from recsys.drift.params import Params

NAMES = ("top_items", "bought", "quality")
ENOUGH = 10  # exceedances of each measure: its p is settled
CELLS = 4_000_000  # draws x items at once


@dataclass(frozen=True, eq=False)
class Units:
    """All that users did in each period, a row each, by period: csr (units, items + 2) float64.

    The columns are events by item, then their comment quality, then how many they are.
    """

    rows: csr_matrix
    period: np.ndarray  # (units,) int64, ascending

    def of(self, first: int, last: int) -> csr_matrix:
        """Those of these periods, both included."""
        low, high = np.searchsorted(self.period, [first, last + 1])
        return self.rows[low:high]


def units_of(events: Events, period: np.ndarray) -> Units:
    """The units of the events, which are in these periods (events,)."""
    users = int(events.user.max(initial=0)) + 1
    keys, unit = np.unique(
        (period - period.min(initial=0)) * users + events.user, return_inverse=True
    )
    items, count = len(events.item_ids), len(events.user)
    ones = np.ones(count)
    columns = np.concatenate(
        [events.item, np.full(count, items), np.full(count, items + 1)]
    )
    values = np.concatenate([ones, events.quality, ones])
    rows = csr_matrix(
        (values, (np.tile(unit, 3), columns)), shape=(len(keys), items + 2)
    )
    return Units(rows, keys // users + period.min(initial=0))


def compare(
    reference: csr_matrix,
    window: csr_matrix,
    vectors: np.ndarray,
    params: Params,
    rng: np.random.Generator,
) -> dict[str, Found]:
    """Each of NAMES, from units of the reference and of a window; vectors (items, d) float32."""
    users = min(reference.shape[0], window.shape[0])
    if users < params.fewest_users:
        why = f"{users} users; {params.fewest_users} are needed"
        return dict.fromkeys(NAMES, why)
    pool = csr_matrix(_stacked(reference, window))
    total = np.asarray(pool.sum(axis=0))
    seen = _effects(np.asarray(window.sum(axis=0)), total, vectors, params.top_items)
    exceeded, drawn = np.zeros(len(NAMES), dtype=np.int64), 0
    for counts in _draws(pool, window.shape[0], params.resamples, rng):
        found = _effects(counts, total, vectors, params.top_items)
        drawn += len(counts)
        exceeded += [
            int(as_extreme(each, float(one[0])).sum())
            for each, one in zip(found, seen, strict=True)
        ]
        if exceeded.min() >= ENOUGH:
            break
    return {
        name: Shift(float(seen[at][0]), p_of(int(exceeded[at]), drawn))
        for at, name in enumerate(NAMES)
    }


def _stacked(reference: csr_matrix, window: csr_matrix) -> csr_matrix:
    from scipy.sparse import vstack

    return vstack([reference, window], format="csr")


def _draws(
    pool: csr_matrix, users: int, resamples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Sums over windows of so many units out of the pool, (some, items + 2); few at first."""
    units, columns = pool.shape
    left, size = resamples, 25
    while left:
        size = min(left, max(1, min(size, CELLS // columns)))
        chosen = np.concatenate(
            [
                rng.choice(units, users, replace=False, shuffle=False)
                for _ in range(size)
            ]
        )
        starts = np.arange(0, size * users + 1, users)
        select = csr_matrix((np.ones(len(chosen)), chosen, starts), shape=(size, units))
        yield (select @ pool).toarray()
        left -= size
        size *= 2


def _effects(
    window: np.ndarray, total: np.ndarray, vectors: np.ndarray, top: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The measures of NAMES, (n,) each, of windows (n, items + 2) out of the total (1, the same).

    1 - Jaccard similarity of the most popular items; 1 - cosine of the centroids of what was
    bought; the difference of the mean comment quality.
    """
    rest = total - window
    one, other = window[:, :-2], rest[:, :-2]
    quality = window[:, -2] / window[:, -1] - rest[:, -2] / np.maximum(rest[:, -1], 1)
    return (
        _top_shift(one, other, top),
        _centroid_shift(one @ vectors, other @ vectors),
        np.abs(quality),
    )


def _top_shift(one: np.ndarray, other: np.ndarray, top: int) -> np.ndarray:
    first, second = is_top(one, top), is_top(other, top)
    both = (first & second).sum(axis=1)
    either = (first | second).sum(axis=1)
    shift: np.ndarray = 1 - both / np.maximum(either, 1)
    return shift


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


def _centroid_shift(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    return np.where(lengths > 0, 1 - cosine, 0.0)
