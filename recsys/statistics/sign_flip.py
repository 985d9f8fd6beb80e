"""The exact sign-flip test of a mean: for so few differences that the t test may be wrong.

If the differences are as likely up as down by any amount, each pattern of signs is equally likely.
p is the share of all 2^k patterns whose sum is at least the sum that was seen; no pattern is drawn.
Fisher (1935), The design of experiments; counted by dynamic programming over a lattice of sums, as
Pagano and Tritchler (1983) do, Journal of the American Statistical Association 78, 435.
"""

import numpy as np

STEPS = 1024  # of the lattice, from 0 to the largest difference


def p_of_greater(values: np.ndarray) -> float:
    """p of "the mean is not above 0", from values (k,) float64; 1 if all are 0, or there are none.

    The sums are those of the values on a lattice of STEPS steps. Rounding there treats up and down
    alike, so the test stays exact for what is counted. Costs k^2 STEPS steps.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return 1.0
    scores = np.rint(values / largest * STEPS).astype(np.int64)
    lengths = np.abs(scores)
    share = np.ones(1)  # of the patterns, by how much of the lengths is up
    for length in lengths:
        longer = np.zeros(len(share) + length)
        longer[: len(share)] += share / 2
        longer[length:] += share / 2
        share = longer
    up = int(lengths[scores > 0].sum())
    return min(1.0, float(share[up:].sum()))
