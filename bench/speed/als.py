"""What bench/speed/training.py measures of ALS, in a process of its own.

usage   python -m bench.speed.als           seconds of an iteration of native, implicit and irspack
                                            on NUMBA_NUM_THREADS threads, as JSON
        python -m bench.speed.als --large   15 native iterations over 20 million interactions; the
                                            last loss

The three take turns, iteration by iteration, so that another load on the machine slows all of them.
"""

import argparse
import hashlib
import json
import os
from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from bench.speed.positives import LARGE, USUAL, Size, positives
from bench.speed.turns import medians, timed
from recsys.als import fit as als
from recsys.als import objective
from recsys.als.params import Params

FACTORS, ITERATIONS, REPEATS = 64, 15, 7
ALPHA, REGULARIZATION = 5.0, 0.1
SPREAD = np.float32(0.01)  # of implicit's first factors
SHARED = {  # keys that the solvers do not look at
    "cold_start": "off",
    "cold_threshold": 1,
    "search": "off",
    "hybrid": {"content": 0.0, "popularity": 0.0, "neighbours": 0.0},
    "new_item_places": 0,
    "warm_start": "off",
    "checkpoint_every": 1,
    "checkpoint_seconds": 0.0,
}


def params(solver: str) -> Params:
    """The settings that all solvers are timed with."""
    return Params.model_validate(
        {
            **SHARED,
            "solver": solver,
            "factors": FACTORS,
            "regularization": REGULARIZATION,
            "frequency_scaling": 0.0,
            "iterations": ITERATIONS,
            "alpha": ALPHA,
            "dislikes": "drop",
            "dislike_weight": 1.0,
            "feature_prior": False,
            "feature_regularization": 1.0,
            "warm_iterations": 1,
            "seed": 42,
        }
    )


def native(user_items: csr_matrix, factors: list[np.ndarray]) -> Callable[[], object]:
    """One more iteration at each call; the factors are left in `factors`."""
    settings = params("native")
    task = objective.problem(
        user_items, csr_matrix(user_items.shape, dtype=np.float32), None, settings
    )
    iterate = als.native(task, settings)
    state = als.first_state(task, settings, None)
    factors += [state["user_factors"], state["item_factors"]]
    return lambda: iterate(*factors)


def implicit(user_items: csr_matrix, threads: int) -> Callable[[], object]:
    """The solver of implicit: one more iteration at each call."""
    from implicit.cpu.als import AlternatingLeastSquares

    solver = AlternatingLeastSquares(factors=FACTORS).solver
    by_user = user_items * np.float32(ALPHA)
    by_item = by_user.T.tocsr()
    rng = np.random.default_rng(42)
    X, Y = (
        rng.random((rows, FACTORS), dtype=np.float32) * SPREAD
        for rows in user_items.shape
    )

    def iterate() -> None:
        solver(by_user, X, Y, REGULARIZATION, num_threads=threads)
        solver(by_item, Y, X, REGULARIZATION, num_threads=threads)

    return iterate


def irspack(user_items: csr_matrix, threads: int) -> Callable[[], object]:
    """The solver of irspack: one more iteration at each call."""
    from irspack import IALSRecommender

    model = IALSRecommender(
        user_items, n_components=FACTORS, alpha0=0.2, reg=0.01, n_threads=threads
    )
    model.start_learning()
    run: Callable[[], object] = model.run_epoch
    return run


def speed(
    threads: int, size: Size = USUAL, repeats: int = REPEATS
) -> dict[str, object]:
    """Median seconds of an iteration of each, and a hash of the native factors."""
    user_items = positives(size)
    factors: list[np.ndarray] = []
    solvers = {
        "native": timed(native(user_items, factors)),
        "implicit": timed(implicit(user_items, threads)),
        "irspack": timed(irspack(user_items, threads)),
    }
    seconds = medians(solvers, repeats)
    digest = hashlib.sha256(b"".join(part.tobytes() for part in factors)).hexdigest()
    return {"seconds": seconds, "sha256": digest}


def large(size: Size = LARGE) -> float:
    """The loss after all iterations."""
    user_items = positives(size)
    no_dislikes = csr_matrix(user_items.shape, dtype=np.float32)
    return als.fit(user_items, no_dislikes, None, params("native")).curve[-1]["loss"]


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
