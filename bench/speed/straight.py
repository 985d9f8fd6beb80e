"""The peer of the whole graph: a straight script, one process, that does the same in its own way.

usage   python -m bench.speed.straight DIR [--bpr-recall R] [--validate]
reads   DIR             a folder with a shop's three CSVs
writes  nothing; it prints JSON: wall and CPU seconds, peak MB, every figure of every ranker

polars reads, implicit fits ALS and BPR, scikit-learn makes vectors of the texts, numpy ranks. All
unseen items are ranked for each user who has a test item, and the intervals are of 1000 resamples
of these users, as in stages/evaluate.py. irspack's evaluator gives means over users only, of which
no interval can be made, so lists and metrics are plain numpy.

BPR is fitted without the validation fold until its recall_at_10 there reaches --bpr-recall, or
gains no more; then on all positives for as many epochs. Its settings are those that come nearest
to what the graph reaches there (bench/speed/bpr_settings.py). --validate fits ALS without the fold
too, to say what it reaches there; that is not in the cost.

It does less than the graph: no checks, no account of the rows, no comment quality, no content and
popularity in the score, no rows for cold items, no newcomers, no files, no registry.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from bench.speed import straight_data
from bench.speed.cost import own_cost
from bench.speed.straight_data import Data

Score = Callable[[np.ndarray], np.ndarray]  # users (b,) -> scores (b, items)
CUTOFFS, DEEPEST = (5, 10, 20), 20
SAMPLES, SEED, ROWS = 1000, 42, 1000
FACTORS, DIMENSION = 64, 128
WORD = r"(?u)\b\w+\b"
ALS = {"factors": FACTORS, "regularization": 50.0, "alpha": 40.0, "iterations": 15}
BPR = {
    "factors": 256,
    "learning_rate": 0.1,
    "regularization": 0.1,
}  # of bpr_settings.md
CHECK_EVERY, PATIENCE, GAIN, MOST_EPOCHS = 20, 3, 0.002, 400
FOLD_USERS = 5000  # at most so many are ranked at a check, as in ours


def content_vectors(texts: list[str]) -> np.ndarray:
    """TF-IDF of words and pairs, then SVD, rows of length 1."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(
        ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=WORD
    ).fit_transform(texts)
    width = min(DIMENSION, min(words.shape) - 1)
    svd = TruncatedSVD(width, random_state=SEED)
    return np.asarray(normalize(svd.fit_transform(words)), dtype=np.float32)


def product(model: Any) -> Score:
    """Scores of a model of implicit."""
    X, Y = model.user_factors, model.item_factors
    return lambda users: X[users] @ Y.T


def fit_als(positives: csr_matrix) -> Score:
    """ALS of implicit."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(**ALS, random_state=SEED)
    model.fit(positives, show_progress=False)
    return product(model)


def new_bpr(epochs: int, settings: Mapping[str, Any] = BPR) -> Any:
    """A model of BPR that does so many epochs at each fit."""
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    return BayesianPersonalizedRanking(**settings, iterations=epochs, random_state=SEED)


def bpr_epochs(
    data: Data, wanted: float | None, settings: Mapping[str, Any] = BPR
) -> tuple[int, float]:
    """How many epochs the validation fold asks for, and the recall_at_10 that they reach."""
    model = new_bpr(CHECK_EVERY, settings)
    best, epochs, without_gain = -1.0, 0, 0
    seen, items = data.seen_of_fold, some(data.validation)
    for done in range(CHECK_EVERY, MOST_EPOCHS + 1, CHECK_EVERY):
        model.fit(data.fold, show_progress=False)
        recall = recall_at_10(product(model), seen, items)
        if recall > best + GAIN:
            best, epochs, without_gain = recall, done, 0
        else:
            without_gain += 1
        if without_gain == PATIENCE or (wanted is not None and best >= wanted):
            break
    return epochs, best


def fit_bpr(positives: csr_matrix, epochs: int) -> Score:
    """BPR of implicit after so many epochs."""
    model = new_bpr(epochs)
    model.fit(positives, show_progress=False)
    return product(model)


def some(items: np.ndarray) -> np.ndarray:
    """The items of at most FOLD_USERS users, -1 for the others."""
    users = np.flatnonzero(items >= 0)
    few = users[np.linspace(0, len(users) - 1, min(len(users), FOLD_USERS)).astype(int)]
    chosen = np.full(len(items), -1, dtype=np.int64)
    chosen[few] = items[few]
    return chosen


def lists(
    score: Score, seen: csr_matrix, users: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of users and their best DEEPEST unseen items, the best first."""
    for begin in range(0, len(users), ROWS):
        batch = users[begin : begin + ROWS]
        scores = np.array(score(batch), dtype=np.float32)
        touched = seen[batch]
        rows = np.repeat(np.arange(len(batch)), np.diff(touched.indptr))
        scores[rows, touched.indices] = -np.inf
        deepest = min(DEEPEST, scores.shape[1])
        best = np.argpartition(-scores, deepest - 1, axis=1)[:, :deepest]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        yield batch, np.take_along_axis(best, order, 1)


def places(
    score: Score, seen: csr_matrix, items: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The place of each user's item in their list, from 0, DEEPEST if it is not there; and the best
    place of each item in any list.
    """
    users = np.flatnonzero(items >= 0)
    place, of_item = [], np.full(seen.shape[1], DEEPEST)
    for batch, best in lists(score, seen, users):
        hits = best == items[batch][:, None]
        place.append(np.where(hits.any(1), hits.argmax(1), DEEPEST))
        for k in range(best.shape[1]):
            of_item[best[:, k]] = np.minimum(of_item[best[:, k]], k)
    return np.concatenate(place), of_item


def recall_at_10(score: Score, seen: csr_matrix, items: np.ndarray) -> float:
    """Mean over the users who have an item."""
    return float((places(score, seen, items)[0] < 10).mean())


def metrics(place: np.ndarray) -> dict[str, np.ndarray]:
    """Each metric of each user whose one test item stands at `place` (users,)."""
    values = {}
    for k in CUTOFFS:
        hit = (place < k).astype(np.float64)
        values[f"recall_at_{k}"] = values[f"hit_rate_at_{k}"] = hit
        values[f"precision_at_{k}"] = hit / k
        values[f"ndcg_at_{k}"] = hit / np.log2(place + 2)
        values[f"map_at_{k}"] = values[f"mrr_at_{k}"] = hit / (place + 1)
    return values


def with_intervals(columns: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """The mean of each column with its 95 % bootstrap interval over users."""
    rng = np.random.default_rng(SEED)
    values = np.column_stack(list(columns.values()))
    users = len(values)
    means = np.empty((SAMPLES, values.shape[1]))
    for row in range(SAMPLES):
        times = np.bincount(rng.integers(0, users, users), minlength=users)
        means[row] = times @ values / users
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    rows = np.column_stack([values.mean(axis=0), low, high]).round(6).tolist()
    return dict(zip(columns, rows, strict=True))


def rankers(data: Data, als: Score, bpr: Score) -> dict[str, Score]:
    """The models and the baselines of stages/evaluate.py."""
    counts = np.bincount(data.known.indices, minlength=data.known.shape[1])
    vectors = content_vectors(data.texts)

    def random(users: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng([SEED, int(users[0])])
        return rng.random((len(users), len(counts)), dtype=np.float32)

    return {
        "als": als,
        "bpr": bpr,
        "popularity": lambda users: np.broadcast_to(counts, (len(users), len(counts))),
        "random": random,
        "content": lambda users: data.known[users] @ vectors @ vectors.T,
    }


def evaluated(data: Data, scores: dict[str, Score]) -> dict[str, Any]:
    """Every figure of every ranker."""
    columns: dict[str, np.ndarray] = {}
    coverage = {}
    for name, score in scores.items():
        place, of_item = places(score, data.seen, data.test)
        columns |= {f"{name} {key}": value for key, value in metrics(place).items()}
        coverage[name] = {k: float((of_item < k).mean()) for k in CUTOFFS}
    return {"figures": with_intervals(columns), "coverage": coverage}


def run(shop: Path, wanted: float | None, validate: bool) -> dict[str, Any]:
    """All of it; ValueError for a shop that gives nobody a test item."""
    data = straight_data.load(shop)
    if not (data.validation >= 0).any():
        raise ValueError(f"{shop}: nobody has three positives: nothing to choose by")
    als = fit_als(data.known)
    epochs, recall = bpr_epochs(data, wanted)
    bpr = fit_bpr(data.known, epochs)
    found = evaluated(data, rankers(data, als, bpr))
    found |= {"test_users": int((data.test >= 0).sum()), "items": data.known.shape[1]}
    found["positives"] = data.known.nnz
    found |= {
        "bpr_epochs": epochs,
        "bpr_valid_recall_at_10": recall,
        **own_cost().as_dict(),
    }
    if validate:
        fold = fit_als(data.fold)
        items = some(data.validation)
        found["als_valid_recall_at_10"] = recall_at_10(fold, data.seen_of_fold, items)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 for a folder that holds no shop."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path, metavar="DIR")
    parser.add_argument("--bpr-recall", type=float, metavar="R")
    parser.add_argument("--validate", action="store_true")
    given = parser.parse_args(arguments)
    try:
        with threadpool_limits(1, user_api="blas"):
            found = run(given.shop, given.bpr_recall, given.validate)
    except (OSError, ValueError, straight_data.pl.exceptions.PolarsError) as error:
        print(f"bench.speed.straight: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
