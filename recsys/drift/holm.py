"""What a test comes to, and which of several show something at one level for all of them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Shift(NamedTuple):
    """How far a measure has moved, and how likely so much is where nothing has changed."""

    effect: float
    p: float


Found = Shift | str  # a str says why there is too little data


def p_of(exceeded: int, drawn: int) -> float:
    """p of a test by `drawn` resamples of which so many were as extreme as what was seen: never 0.

    (k + 1) / (B + 1): Phipson and Smyth (2010), Permutation p-values should never be zero,
    Statistical Applications in Genetics and Molecular Biology 9, 39.
    """
    return (exceeded + 1) / (drawn + 1)


def rejected(p: Mapping[str, float], level: float) -> set[str]:
    """The tests that show something, where the chance that any does by chance is at most `level`.

    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6, 65: the smallest p beside level / n, the next beside level / (n - 1), and so on
    until one is above.
    """
    found: set[str] = set()
    for name in sorted(p, key=lambda each: (p[each], each)):
        if p[name] > level / (len(p) - len(found)):
            break
        found.add(name)
    return found


def as_extreme(drawn: np.ndarray, seen: float) -> np.ndarray:
    """Which resampled statistics are at least what was seen, a rounding error aside."""
    return np.asarray(drawn >= seen - 1e-9 * max(1.0, abs(seen)))
