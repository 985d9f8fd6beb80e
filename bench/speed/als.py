"""What bench/speed/training.py measures of ALS, in a process of its own.

    python -m bench.speed.als speed 2       seconds per iteration of native, implicit and irspack on 2 threads, as JSON
    python -m bench.speed.als large         15 native iterations over 20 million interactions; prints the last loss

The three take turns, iteration by iteration, so that another load on the machine slows all of them.
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

from recsys.als import fit as als
from recsys.als.params import Params

USERS, ITEMS, ENTRIES = 100_000, 20_000, 2_000_000
LARGE = (1_000_000, 50_000, 20_000_000)
FACTORS, ITERATIONS, REPEATS = 64, 15, 7
VALUE = 5.5  # rating + comment quality of a positive


def world(users: int, items: int, entries: int, seed: int) -> csr_matrix:
    """Positives (users, items) of which many fall on few items and on few users, float32."""
    rng = np.random.default_rng(seed)
    drawn = 2 * entries  # some cells are drawn twice
    user = (users * rng.random(drawn) ** 1.5).astype(np.int64)
    item = rng.permutation(items)[
        (items * rng.random(drawn) ** 3).astype(np.int64)
    ]  # popularity as rank to the -2/3
    cells = np.sort(user * items + item)
    cells = cells[np.flatnonzero(np.diff(cells, prepend=-1))]
    assert len(cells) >= entries
    cells = cells[np.linspace(0, len(cells) - 1, entries).astype(np.int64)]
    values = np.full(entries, VALUE, dtype=np.float32)
    return csr_matrix((values, (cells // items, cells % items)), shape=(users, items))


SHARED = {  # keys that the solvers do not look at
    "cold_start": "off",
    "cold_threshold": 1,
    "hybrid": {"content": 0.0, "popularity": 0.0},
    "warm_start": "off",
    "checkpoint_every": 1,
    "checkpoint_seconds": 0.0,
}


def params(solver: str) -> Params:
    return Params.model_validate(
        {
            **SHARED,
            "feature_prior": False,
            "warm_iterations": 1,
            "solver": solver,
            "factors": FACTORS,
            "regularization": 0.1,
            "frequency_scaling": 0.0,
            "iterations": ITERATIONS,
            "alpha": 5.0,
            "dislikes": "drop",
            "dislike_weight": 1.0,
            "feature_regularization": 1.0,
            "seed": 42,
        }
    )


def native(user_items: csr_matrix, found: list[np.ndarray]) -> Callable[[], object]:
    """One more iteration at each call; the factors are left in `found`."""
    settings = params("native")
    task = als.problem(user_items, csr_matrix(user_items.shape, dtype=np.float32), None, settings)
    iterate = als.native(task, settings)
    state = als.first_state(task, settings, None)
    found += [state["user_factors"], state["item_factors"]]
    return lambda: iterate(*found)


def implicit(user_items: csr_matrix, threads: int) -> Callable[[], object]:
    from implicit.cpu.als import AlternatingLeastSquares

    solver = AlternatingLeastSquares(factors=FACTORS).solver
    by_user, by_item = user_items * np.float32(5), (user_items * np.float32(5)).T.tocsr()
    rng = np.random.default_rng(42)
    X, Y = (
        rng.random((rows, FACTORS), dtype=np.float32) * np.float32(0.01)
        for rows in user_items.shape
    )

    def iterate() -> None:
        solver(by_user, X, Y, 0.1, num_threads=threads)
        solver(by_item, Y, X, 0.1, num_threads=threads)

    return iterate


def irspack(user_items: csr_matrix, threads: int) -> Callable[[], object]:
    from irspack import IALSRecommender

    model = IALSRecommender(
        user_items, n_components=FACTORS, alpha0=0.2, reg=0.01, n_threads=threads
    )
    model.start_learning()
    run: Callable[[], object] = model.run_epoch
    return run


def speed(threads: int) -> dict[str, object]:
    """Median seconds of an iteration of each, and a hash of the native factors."""
    user_items = world(USERS, ITEMS, ENTRIES, seed=0)
    found: list[np.ndarray] = []
    solvers = {
        "native": native(user_items, found),
        "implicit": implicit(user_items, threads),
        "irspack": irspack(user_items, threads),
    }
    seconds: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(REPEATS + 1):
        for name, iterate in solvers.items():
            start = time.perf_counter()
            iterate()
            seconds[name].append(time.perf_counter() - start)
    digest = hashlib.sha256(b"".join(part.tobytes() for part in found)).hexdigest()
    return {"seconds": {name: median(each[1:]) for name, each in seconds.items()}, "sha256": digest}


def large() -> float:
    """The loss after all iterations."""
    user_items = world(*LARGE, seed=0)
    nothing = csr_matrix(user_items.shape, dtype=np.float32)
    return als.fit(user_items, nothing, None, params("native")).curve[-1]["loss"]


if __name__ == "__main__":
    if sys.argv[1] == "large":
        print(large())
    else:
        assert os.environ["NUMBA_NUM_THREADS"] == sys.argv[2]
        print(json.dumps(speed(int(sys.argv[2]))))
