"""Models that were learned from a few texts, and texts to read by them."""

import numpy as np

from recsys.comments import learned

GOOD = [f"tốt lắm đẹp {n}" for n in range(40)]
BAD = [f"tệ quá hỏng {n}" for n in range(40)]
TEXTS = [*GOOD[:5], *BAD[:5], "good", "a b c d e", "tốt nhưng hỏng"]
MODELS = learned.train(
    GOOD + BAD,
    np.arange(80) % learned.FOLDS,
    np.arange(80) < 40,
)
