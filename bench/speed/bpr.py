"""What bench/speed/training.py measures of BPR, in a process of its own.

usage   python -m bench.speed.bpr           seconds of an epoch of native and implicit on
                                            NUMBA_NUM_THREADS threads, as JSON
        python -m bench.speed.bpr --large   10 native epochs over 20 million interactions; the last
                                            train_auc

The two take turns, epoch by epoch, so that another load on the machine slows both of them. An epoch
of either draws one negative for each positive; implicit takes no step where its negative turns out
to be a positive.
"""

import argparse
import hashlib
import itertools
import json
import os
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bench.speed.als import FACTORS, REPEATS, SHARED
from bench.speed.positives import LARGE, USUAL, Size, positives
from bench.speed.turns import Step, medians, timed
from recsys.bpr import fit as bpr
from recsys.bpr.descent import Descent
from recsys.bpr.params import Params

LARGE_EPOCHS = 10
LEARNING_RATE, REGULARIZATION = 0.05, 0.01
PLAIN = {"dislikes": 0.0, "popular": 0.0}
HARD = {"dislikes": 0.0, "popular": 0.3}


def params(share: dict[str, float]) -> Params:
    """The settings that both solvers are timed with; `share` is that of hard negatives."""
    return Params.model_validate(
        {
            **SHARED,
            "loss": "bpr",
            "solver": "native",
            "factors": FACTORS,
            "learning_rate": LEARNING_RATE,
            "regularization": REGULARIZATION,
            "epochs": LARGE_EPOCHS,
            "decay_share": 0.0,
            "warm_epochs": 1,
            "max_visits": 10**12,
            "hard_negative_share": share,
            "early_stopping": {"check_every": 5, "patience": 5, "min_delta": 0.001},
            "softmax": {
                "factors": 64,
                "step": 0.6,
                "epochs": 20,
                "temperature": 0.3,
                "min_positives": 0.0,
                "max_visits": 10**12,
            },
            "seed": 42,
        }
    )


def native(
    user_items: csr_matrix, share: dict[str, float], factors: list[np.ndarray]
) -> Step:
    """One more epoch at each call; the factors are left in `factors`."""
    no_dislikes = csr_matrix(user_items.shape, dtype=np.float32)
    descent = Descent(user_items, no_dislikes, params(share))
    factors += [descent.X, descent.Y]
    numbers = itertools.count(1)
    return timed(lambda: descent.epoch(next(numbers)))


def implicit(user_items: csr_matrix, threads: int) -> Step:
    """One more epoch of implicit at each call; its seconds are those that it reports itself."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    model = BayesianPersonalizedRanking(
        factors=FACTORS,
        learning_rate=LEARNING_RATE,
        regularization=REGULARIZATION,
        iterations=1,
        num_threads=threads,
        random_state=42,
    )
    seconds: list[float] = []

    def report(_epoch: int, took: float, _right: int, _skipped: int) -> None:
        seconds.append(took)

    def epoch() -> float:
        model.fit(user_items, show_progress=False, callback=report)
        return seconds[-1]

    return epoch


def speed(
    threads: int, size: Size = USUAL, repeats: int = REPEATS
) -> dict[str, object]:
    """Median seconds of an epoch of each, and a hash of the native factors."""
    user_items = positives(size)
    factors: list[np.ndarray] = []
    solvers = {
        "native": native(user_items, PLAIN, factors),
        "native_hard": native(user_items, HARD, []),
        "implicit": implicit(user_items, threads),
    }
    seconds = medians(solvers, repeats)
    digest = hashlib.sha256(b"".join(part.tobytes() for part in factors)).hexdigest()
    return {"seconds": seconds, "sha256": digest}


def large(size: Size = LARGE) -> float:
    """The share of triples in the right order in the last epoch."""
    user_items = positives(size)
    no_dislikes = csr_matrix(user_items.shape, dtype=np.float32)
    model = bpr.fit(user_items, no_dislikes, params(HARD), epochs=LARGE_EPOCHS)
    return model.curve[-1]["train_auc"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", action="store_true", help="20 million interactions")
    if parser.parse_args(arguments).large:
        print(large())
    else:
        print(json.dumps(speed(int(os.environ["NUMBA_NUM_THREADS"]))))


if __name__ == "__main__":
    main()
