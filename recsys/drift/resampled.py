"""Have other products become popular, are others bought, do comments say less? Users are resampled.

What is drawn is a user in a window: all that one did there. Where nothing has changed, those of the
window are like those of the reference, which is cut into windows of the same length; so the window
is compared with as many of them, drawn out of all without putting back, and the others. That keeps
the customers' reviews together. A user of the whole reference is no such unit: one of a year has
bought more than one of a week, so the drawn windows would be larger than the real one, and the test
would fire too often.

The same draws serve all three measures, until p of each is settled (monte_carlo.py).
"""

from collections.abc import Callable, Iterator

import numpy as np

from recsys.drift.holm import Found, Shift, as_extreme
from recsys.drift.monte_carlo import Exceeded, sizes
from recsys.drift.params import Params
from recsys.drift.units import Units

CELLS = 1_000_000  # draws x units or items at once

Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]


def compare(
    units: Units,
    reference: np.ndarray,
    window: np.ndarray,
    vectors: np.ndarray,
    params: Params,
    rng: np.random.Generator,
) -> dict[str, Found]:
    """Each of the measures, from the cards of the reference and of a window, (some, 2) each;
    vectors (items, d) of the items.
    """
    measures = _measures(vectors, params.top_items)
    users = min(len(reference), len(window))
    if users < params.fewest_users:
        return dict.fromkeys(
            measures, f"{users} users; {params.fewest_users} are needed"
        )
    here, there = sums(units, window), sums(units, reference)
    total = here[0] + there[0]
    seen = {name: float(of(here, total)[0]) for name, of in measures.items()}
    exceeded = {name: Exceeded() for name in measures}
    pool = np.concatenate([reference, window])
    for drawn in _draws(units, pool, len(window), params.resamples, rng):
        for name, one in exceeded.items():
            if not one.is_settled:
                one.add(as_extreme(measures[name](drawn, total), seen[name]))
        if all(one.is_settled for one in exceeded.values()):
            break
    return {name: Shift(seen[name], one.p) for name, one in exceeded.items()}


def sums(units: Units, cards: np.ndarray) -> np.ndarray:
    """Over units by their cards (some, 2): events by item, comment quality, events, (1, items + 2)
    float64.
    """
    from recsys.drift import kernel  # numba is not needed where no window is over

    blocks = _blocks(len(cards), kernel.BLOCK)
    return _sums(units, cards.copy(), blocks[None], np.zeros((1, len(cards))))


def _blocks(cards: int, block: int) -> np.ndarray:
    """How many cards each block has."""
    return np.diff(np.append(np.arange(0, cards, block), cards))


def _draws(
    units: Units,
    pool: np.ndarray,
    size: int,
    resamples: int,
    rng: np.random.Generator,
) -> Iterator[np.ndarray]:
    """Sums over so many units out of the pool, (some, items + 2); the pool is shuffled."""
    from recsys.drift import kernel

    blocks = _blocks(len(pool), kernel.BLOCK)
    most = max(1, CELLS // max(size, units.items))
    for wanted in sizes(resamples):
        for begin in range(0, wanted, most):
            draws = min(most, wanted - begin)
            taken = rng.multivariate_hypergeometric(blocks, size, size=draws)
            yield _sums(units, pool, taken, rng.random((draws, size)))


def _sums(
    units: Units, cards: np.ndarray, taken: np.ndarray, chance: np.ndarray
) -> np.ndarray:
    from recsys.drift import kernel

    found: np.ndarray = kernel.sums_of_draws(
        cards, taken, chance, units.begin, units.item, units.items
    )
    return found


def _measures(vectors: np.ndarray, top: int) -> dict[str, Measure]:
    """How far windows (n, items + 2) are from the rest of the total (items + 2,), (n,) each.

    1 - Jaccard similarity of the most popular items; 1 - cosine of the centroids of what was
    bought; the difference of the mean comment quality.
    """

    def top_items(windows: np.ndarray, total: np.ndarray) -> np.ndarray:
        from recsys.drift import kernel

        items = len(total) - 2
        found: np.ndarray = kernel.shifts_of_top(windows, total, items, min(top, items))
        return found

    def bought(windows: np.ndarray, total: np.ndarray) -> np.ndarray:
        one = windows[:, :-2] @ vectors
        return _centroid_shift(one, total[:-2] @ vectors - one)

    def quality(windows: np.ndarray, total: np.ndarray) -> np.ndarray:
        rest = total - windows
        one = windows[:, -2] / windows[:, -1]
        found: np.ndarray = np.abs(one - rest[:, -2] / np.maximum(rest[:, -1], 1))
        return found

    return {"top_items": top_items, "bought": bought, "quality": quality}


def _centroid_shift(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    return np.where(lengths > 0, 1 - cosine, 0.0)
