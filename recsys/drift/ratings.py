"""Have the stars moved? One review a user, as those of one customer say much the same.

Of each user the latest review in a window counts, in the reference too, which is cut into windows
of the same length: so users who write often have the same weight on both sides. The whole reference
by one review a user would be of other people than a window is: of those who write once.
"""

import numpy as np
from scipy import special

from recsys.drift.events import Events
from recsys.drift.holm import Found, Shift, as_extreme, p_of
from recsys.drift.params import Params

FEWEST_EXPECTED = (
    5  # Cochran (1954): below it the chi-square distribution is not to be trusted
)


def halves(rating: np.ndarray) -> np.ndarray:
    """Half stars, each rating cut to the one below it (3.9 is not 4, which may be a positive)."""
    found: np.ndarray = np.floor(rating * 2).astype(np.int64)
    return found


def one_a_user(events: Events, period: np.ndarray) -> np.ndarray:
    """Which events are the latest of their user in their period, (events,) bool."""
    order = np.lexsort((events.time, events.user, period))
    ends = np.ones(len(order), dtype=bool)
    same = [np.diff(each[order]) == 0 for each in (events.user, period)]
    ends[:-1] = ~(same[0] & same[1])
    found = np.zeros(len(order), dtype=bool)
    found[order[ends]] = True
    return found


def shares(counts: np.ndarray) -> np.ndarray:
    """Counts as shares of their sum; zeros where there is none."""
    found: np.ndarray = counts / max(1, counts.sum())
    return found


def compare(
    reference: np.ndarray, window: np.ndarray, params: Params, rng: np.random.Generator
) -> Found:
    """The half stars (reviews,) int64 of the reference beside those of a window.

    The effect is the total variation distance of their shares, 0 to 1. p is that of Pearson's
    chi-square; with few users, or where a star is rare, by a permutation of the users: so many
    draws of the window's users out of all.
    """
    users = min(len(window), len(reference))
    if users < params.fewest_users:
        return f"{users} users; {params.fewest_users} are needed"
    stars = int(max(reference.max(), window.max())) + 1
    counts = np.stack(
        [np.bincount(side, minlength=stars) for side in (reference, window)]
    )
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
    drawn = rng.multivariate_hypergeometric(both, users, size=params.resamples)
    exceeded = int(as_extreme(_chi_square(drawn, both, users), seen).sum())
    return p_of(exceeded, params.resamples)


def _chi_square(drawn: np.ndarray, both: np.ndarray, users: int) -> np.ndarray:
    """Pearson's statistic of windows (n, stars) of so many users out of `both` (stars,)."""
    rest = both.sum() - users
    expected = users * both / both.sum()
    # the other side differs by as much from what is expected of it
    scale = 1 + users / max(1, rest)
    found: np.ndarray = ((drawn - expected) ** 2 / expected).sum(axis=1) * scale
    return found
