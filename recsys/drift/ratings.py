"""Have the stars moved? One review a user, as those of one customer say much the same.

Of each user the latest review in a window counts, in the reference too, which is cut into windows
of the same length: so users who write often have the same weight on both sides. The whole reference
by one review a user would be of other people than a window is: of those who write once.
"""

import numpy as np
from scipy import special

from recsys.drift.events import Events
from recsys.drift.holm import Found, Shift, as_extreme
from recsys.drift.monte_carlo import Exceeded, sizes
from recsys.drift.params import Params
from recsys.drift.units import Units, units_of

FEWEST_EXPECTED = (
    5  # Cochran (1954): below it the chi-square distribution is not to be trusted
)


def halves(rating: np.ndarray) -> np.ndarray:
    """Half stars, each rating cut to the one below it (3.9 is not 4, which may be a positive)."""
    found: np.ndarray = np.floor(rating * 2).astype(np.int64)
    return found


def one_a_user(events: Events, period: np.ndarray) -> np.ndarray:
    """Which events are the latest of their user in their period, (events,) bool."""
    found = np.zeros(len(period), dtype=bool)
    found[units_of(events, period).latest] = True
    return found


def by_period(units: Units, rating: np.ndarray) -> np.ndarray:
    """Half stars of the latest review of each user in each period, (periods, stars) int64; the
    first period is that of the first unit. `rating` (events,) is that of Events.
    """
    half = halves(rating[units.latest])
    row = units.period - units.period.min(initial=0)
    stars, rows = int(half.max(initial=0)) + 1, int(row.max(initial=0)) + 1
    return np.bincount(row * stars + half, minlength=rows * stars).reshape(rows, stars)


def shares(counts: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum; zeros where there is none."""
    found: np.ndarray = counts / max(1, counts.sum())
    return found


def compare(
    reference: np.ndarray, window: np.ndarray, params: Params, rng: np.random.Generator
) -> Found:
    """How many reviews of each number of half stars, (stars,) int64, the reference has beside a
    window.

    The effect is the total variation distance of their shares, 0 to 1. p is that of Pearson's
    chi-square; with few users, or where a star is rare, by a permutation of the users: draws of the
    window's users out of all, until p is settled (monte_carlo.py).
    """
    users = int(min(window.sum(), reference.sum()))
    if users < params.fewest_users:
        return f"{users} users; {params.fewest_users} are needed"
    counts = np.stack([reference, window])
    counts = counts[:, counts.sum(axis=0) > 0]
    effect = float(np.abs(shares(counts[0]) - shares(counts[1])).sum() / 2)
    return Shift(effect, _p(counts, params, rng))


def _p(counts: np.ndarray, params: Params, rng: np.random.Generator) -> float:
    """p of "both come from the same shares", from counts (2, stars)."""
    both, users = counts.sum(axis=0), int(counts[1].sum())
    expected = np.outer(counts.sum(axis=1), both) / both.sum()
    seen = float(_chi_square(counts[1][None], both, users)[0])
    if (
        min(users, counts[0].sum()) >= params.exact_below
        and expected.min() >= FEWEST_EXPECTED
    ):
        return float(special.chdtrc(max(1, len(both) - 1), seen))
    exceeded = Exceeded()
    for size in sizes(params.resamples):
        drawn = rng.multivariate_hypergeometric(both, users, size=size)
        exceeded.add(as_extreme(_chi_square(drawn, both, users), seen))
        if exceeded.is_settled:
            break
    return exceeded.p


def _chi_square(drawn: np.ndarray, both: np.ndarray, users: int) -> np.ndarray:
    """Pearson's statistic of windows (n, stars) of so many users out of `both` (stars,)."""
    rest = both.sum() - users
    expected = users * both / both.sum()
    # the other side differs by as much from what is expected of it
    scale = 1 + users / max(1, rest)
    found: np.ndarray = ((drawn - expected) ** 2 / expected).sum(axis=1) * scale
    return found
