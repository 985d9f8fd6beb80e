"""What bench/speed/training.py measures of BPR, in a process of its own.

    python -m bench.speed.bpr speed 2       seconds per epoch of native and implicit on 2 threads, as JSON
    python -m bench.speed.bpr large         10 native epochs over 20 million interactions; prints the last train_auc

The two take turns, epoch by epoch, so that another load on the machine slows both of them. An epoch
of either draws one negative for each positive; implicit takes no step where its negative turns out
to be a positive.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from scipy.sparse import csr_matrix

from bench.speed.als import ENTRIES, FACTORS, ITEMS, LARGE, REPEATS, SHARED, USERS, world
from recsys.bpr import fit as bpr
from recsys.bpr.descent import Descent
from recsys.bpr.params import Params

LARGE_EPOCHS = 10
HARD = {"dislikes": 0.0, "popular": 0.3}


def params(share: dict[str, float]) -> Params:
    return Params.model_validate(
        {
            **SHARED,
            "warm_epochs": 1,
            "solver": "native",
            "factors": FACTORS,
            "learning_rate": 0.05,
            "regularization": 0.01,
            "epochs": LARGE_EPOCHS,
            "hard_negative_share": share,
            "early_stopping": {"check_every": 5, "patience": 5, "min_delta": 0.001},
            "seed": 42,
        }
    )


def native(
    user_items: csr_matrix, share: dict[str, float], found: list[np.ndarray]
) -> Callable[[], float]:
    """One more epoch at each call, its seconds; the factors are left in `found`."""
    nothing = csr_matrix(user_items.shape, dtype=np.float32)
    descent = Descent(user_items, nothing, params(share))
    found += [descent.X, descent.Y]
    epochs = iter(range(1, 1000))

    def epoch() -> float:
        start = time.perf_counter()
        descent.epoch(next(epochs))
        return time.perf_counter() - start

    return epoch


def implicit(user_items: csr_matrix, threads: int) -> Callable[[], float]:
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        factors=FACTORS,
        learning_rate=0.05,
        regularization=0.01,
        iterations=1,
        num_threads=threads,
        random_state=42,
    )
    seconds: list[float] = []

    def epoch() -> float:
        model.fit(
            user_items,
            show_progress=False,
            callback=lambda _epoch, took, _right, _skipped: seconds.append(took),
        )
        return seconds[-1]

    return epoch


def speed(threads: int) -> dict[str, object]:
    """Median seconds of an epoch of each, and a hash of the native factors."""
    user_items = world(USERS, ITEMS, ENTRIES, seed=0)
    found: list[np.ndarray] = []
    solvers = {
        "native": native(user_items, {"dislikes": 0.0, "popular": 0.0}, found),
        "native_hard": native(user_items, HARD, []),
        "implicit": implicit(user_items, threads),
    }
    seconds: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(REPEATS + 1):
        for name, epoch in solvers.items():
            seconds[name].append(epoch())
    digest = hashlib.sha256(b"".join(part.tobytes() for part in found)).hexdigest()
    return {"seconds": {name: median(each[1:]) for name, each in seconds.items()}, "sha256": digest}


def large() -> float:
    """The share of triples in the right order in the last epoch."""
    user_items = world(*LARGE, seed=0)
    nothing = csr_matrix(user_items.shape, dtype=np.float32)
    return bpr.fit(user_items, nothing, params(HARD), epochs=LARGE_EPOCHS).curve[-1]["train_auc"]


if __name__ == "__main__":
    if sys.argv[1] == "large":
        print(large())
    else:
        assert os.environ["NUMBA_NUM_THREADS"] == sys.argv[2]
        print(json.dumps(speed(int(sys.argv[2]))))
