"""CPU seconds of evaluating a model, beside the evaluators of other libraries, in one process.

usage   python -m bench.speed.ranking USERS ITEMS [--repeats N]
writes  nothing; it prints JSON: median CPU seconds of each way, a reason where one is not there

Each way ranks all unseen items of every user by factors and scores the lists: `ours` is
recsys/ranking/metrics.py with all its metrics at 5, 10 and 20, `irspack` its evaluator at the same
cutoffs, on scores that come in blocks as ours do, `implicit` its ranking_metrics_at_k at 20.
`product` is the bare product of the factors, in the same blocks, with nothing done to it. They take
turns, on one thread of BLAS.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from bench.speed.turns import Step, medians
from recsys.ranking import metrics

FACTORS, SEEN, REPEATS = 64, 10, 5
CUTOFFS = [5, 10, 20]
BLOCK_CELLS = 1 << 20

Ranked = tuple[np.ndarray, np.ndarray, csr_matrix, csr_matrix]


def world(users: int, items: int) -> Ranked:
    """Factors (users, f) and (items, f), what was seen, and a test item for each user."""
    rng = np.random.default_rng(0)
    X, Y = (rng.standard_normal((n, FACTORS), dtype=np.float32) for n in (users, items))
    drawn = rng.integers(0, items, (users, SEEN + 1))
    test = _matrix(drawn[:, :1], items)
    seen = _matrix(drawn[:, 1:], items)
    seen = (seen - seen.multiply(test)).tocsr()
    seen.eliminate_zeros()
    return X, Y, seen, test


def _matrix(drawn: np.ndarray, items: int) -> csr_matrix:
    rows = np.repeat(np.arange(len(drawn)), drawn.shape[1])
    ones = np.ones(drawn.size, dtype=np.float32)
    matrix = csr_matrix((ones, (rows, drawn.ravel())), shape=(len(drawn), items))
    matrix.data[:] = 1
    return matrix


def blocks(X: np.ndarray, Y: np.ndarray) -> Iterator[np.ndarray]:
    """The scores of all users, block by block."""
    rows = max(1, BLOCK_CELLS // len(Y))
    for begin in range(0, len(X), rows):
        yield X[begin : begin + rows] @ Y.T


def ours(ranked: Ranked) -> Callable[[], object]:
    """The evaluation of the stage."""
    X, Y, seen, test = ranked
    return lambda: metrics.evaluate(lambda rows: X[rows] @ Y.T, seen, test, CUTOFFS)


def product(ranked: Ranked) -> Callable[[], object]:
    """The product of the factors and nothing else."""
    X, Y, _, _ = ranked
    return lambda: [None for _ in blocks(X, Y)]


def irspack(ranked: Ranked) -> Callable[[], object]:
    """irspack's evaluator, on one thread. ImportError where it is not installed."""
    X, Y, seen, test = ranked
    with warnings.catch_warnings():  # it configures its pydantic models in the old way
        warnings.simplefilter("ignore")
        from irspack.evaluation import Evaluator
    evaluator = Evaluator(test, masked_interactions=seen, n_threads=1)
    return lambda: evaluator.get_scores_from_score_chunks(blocks(X, Y), CUTOFFS)


def implicit(ranked: Ranked) -> Callable[[], object]:
    """implicit's metrics at the deepest cutoff, on one thread."""
    from implicit.cpu.als import AlternatingLeastSquares
    from implicit.evaluation import ranking_metrics_at_k

    with threadpool_limits(1, user_api="blas"):  # or it warns
        model = AlternatingLeastSquares(factors=FACTORS)
    model.user_factors, model.item_factors, seen, test = ranked
    return lambda: ranking_metrics_at_k(
        model, seen, test, K=CUTOFFS[-1], show_progress=False, num_threads=1
    )


WAYS = {"ours": ours, "irspack": irspack, "implicit": implicit, "product": product}


def on_cpu(step: Callable[[], object]) -> Step:
    """A step that says how many CPU seconds it took, on all threads."""

    def run() -> float:
        began = time.process_time()
        step()
        return time.process_time() - began

    return run


def speed(users: int, items: int, repeats: int = REPEATS) -> dict[str, Any]:
    """Median CPU seconds of each way, and why another one is missing."""
    ranked = world(users, items)
    steps, missing = {}, {}
    for name, way in WAYS.items():
        try:
            steps[name] = on_cpu(way(ranked))
        except ImportError as error:
            missing[name] = str(error)
    with threadpool_limits(1, user_api="blas"):
        return {"cpu": medians(steps, repeats), "missing": missing}


def lines(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Markdown lines of what `speed` found, by size."""
    yield f"| users x items, {FACTORS} factors | {' | '.join(WAYS)} |"
    yield "|---" * (1 + len(WAYS)) + "|"
    for size, row in found.items():
        cells = [
            f"{row['cpu'][name]:.2f}" if name in row["cpu"] else row["missing"][name]
            for name in WAYS
        ]
        yield f"| {size} | {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("users", type=int, metavar="USERS")
    parser.add_argument("items", type=int, metavar="ITEMS")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    given = parser.parse_args(arguments)
    if given.users < 1 or given.items <= CUTOFFS[-1] + SEEN or given.repeats < 1:
        print(
            f"bench.speed.ranking: a user, {CUTOFFS[-1] + SEEN + 1} items and a repeat "
            f"at least, please",
            file=sys.stderr,
        )
        return 2
    print(json.dumps(speed(given.users, given.items, given.repeats)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
