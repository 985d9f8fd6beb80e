"""95 % intervals of a mean of values from 0 to 1, without resampling.

Wilson (1927), Probable inference, the law of succession, and statistical inference. For shares it
has its level; for other values from 0 to 1 it is cautious, as no such variable with the same mean
varies more than a share does (Bhatia and Davis, 2000).
"""

import numpy as np

from recsys.statistics.bootstrap import MeanInterval

Z = 1.959963984540054  # the normal distribution's 97.5 % point


def interval(values: np.ndarray) -> MeanInterval:
    """The mean of `values` (n,), each from 0 to 1, with its interval.

    Never of width 0, even where all values are equal. ValueError if there are none.
    """
    if not len(values):
        raise ValueError("no values to take the mean of")
    mean, shrink = float(values.mean()), Z * Z / len(values)
    middle = (mean + shrink / 2) / (1 + shrink)
    half = np.sqrt(mean * (1 - mean) * shrink + shrink * shrink / 4) / (1 + shrink)
    return MeanInterval(mean, max(0.0, middle - half), min(1.0, middle + half))
