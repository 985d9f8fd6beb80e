"""How well items are found that were held out of training, and what the others lose by it."""

from dataclasses import replace

import numpy as np

from bench.models.comparison import difference, per_user, product
from bench.models.fits import Fits
from bench.models.prepared import Prepared
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import entries_per_row, item_counts
from recsys.models import cold_items, hidden_items, ridge_map
from recsys.models.model import Trained
from recsys.ranking import baselines, hybrid
from recsys.ranking.metrics import METRICS
from recsys.ranking.top_k import Scorer
from recsys.ranking.weights import Weights

SEEDS = (0, 1, 2, 3, 4)
NDCG = METRICS.index("ndcg_at_10")


def with_test(shop: Prepared) -> Interactions:
    """All positives, with the mean confidence for those of the test."""
    known = shop.inputs.known
    confidence = np.float32(known.confidence.data.mean())
    return replace(
        known,
        confidence=(known.confidence + shop.test * confidence).tocsr(),
        binary=(known.binary + shop.test).tocsr(),
    )


def random_vectors(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Directions that say nothing, (items, d) float32, of length 1."""
    drawn = np.random.default_rng(seed).standard_normal(vectors.shape, dtype=np.float32)
    unit: np.ndarray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def among(hidden: np.ndarray, score: Scorer) -> Scorer:
    """The same scores of the items that `hidden` (items,) bool marks, and -inf for the others."""
    return lambda users: np.where(hidden, score(users), np.float32(-np.inf))


def ways(left: Interactions, vectors: np.ndarray, fits: Fits) -> dict[str, Scorer]:
    """How each way scores all items after training on `left`; `vectors` are (items, d)."""
    plain = fits.als(vectors, feature_prior=False).fit(left)
    prior = fits.als(vectors, feature_prior=True).fit(left)
    pairs = fits.bpr(vectors).fit(left)
    noise = random_vectors(vectors, 0)
    counts = item_counts(left.binary)

    def ridge(model: Trained, space: np.ndarray, bias: bool = False) -> Scorer:
        rows = ridge_map.rows_from_texts(space, model.item_factors, counts, bias)
        return product(model.user_factors, rows)

    def blended(score: Scorer, weights: Weights) -> Scorer:
        return hybrid.scorer(score, left.aged, vectors, weights)

    als_ridge, bpr_ridge = ridge(prior, vectors), ridge(pairs, vectors, bias=True)
    return {
        "chance": baselines.chance(len(vectors), 0),
        "content neighbours": baselines.content(left.binary, vectors),
        "ALS, cold_start: off, no features": plain.score,
        "ALS, feature prior": prior.score,
        "ALS, ridge": ridge(plain, vectors),
        "ALS, feature prior and ridge": als_ridge,
        "ALS, feature prior and ridge, hybrid score": blended(
            als_ridge, fits.als_params.hybrid
        ),
        "ALS, ridge on random vectors": ridge(plain, noise),
        "BPR, cold_start: off": pairs.score,
        "BPR, ridge": bpr_ridge,
        "BPR, ridge, hybrid score": blended(bpr_ridge, fits.bpr_params.hybrid),
    }


def cold_table(shop: Prepared, fits: Fits) -> list[str]:
    """Markdown lines: recall and ndcg of each way, mean over seeds."""
    everything = with_test(shop)
    means: dict[str, list[np.ndarray]] = {}
    users = []
    for seed in SEEDS:
        left, hidden, targets = hidden_items.hide(everything, seed)
        for name, score in ways(left, shop.inputs.vectors, fits).items():
            measured = per_user(among(hidden, score), left.seen, targets)
            means.setdefault(name, []).append(measured.mean(axis=0))
        users.append(int((entries_per_row(targets) > 0).sum()))
    lines = [
        f"{hidden.sum()} items hidden at a time, {np.mean(users):.0f} users on average",
        "",
        "| cold items by | recall_at_10 | least and most of the seeds | ndcg_at_10 |",
        "|---|---|---|---|",
    ]
    for name, of_seeds in means.items():
        recall, ndcg = np.array(of_seeds).T
        seeds = f"{recall.min():.3f} to {recall.max():.3f}"
        lines.append(f"| {name} | {recall.mean():.3f} | {seeds} | {ndcg.mean():.3f} |")
    return lines


def warm_table(shop: Prepared, fits: Fits) -> list[str]:
    """Markdown lines: ndcg on the test fold with and without rows for cold items, as served."""
    known, vectors = shop.inputs.known, shop.inputs.vectors
    counts = item_counts(known.binary)
    lines = [
        "| warm items | ndcg_at_10 without rows for cold items | with | difference, 95 % |",
        "|---|---|---|---|",
    ]
    for name, model, params, bias in (
        ("ALS", fits.als(vectors).fit(known), fits.als_params, False),
        ("BPR", fits.bpr(vectors).fit(known), fits.bpr_params, True),
    ):
        predicted = ridge_map.rows_from_texts(vectors, model.item_factors, counts, bias)
        rows = cold_items.drawn_to(
            predicted, model.item_factors, counts, params.cold_threshold
        )
        without, with_rows = (
            served_ndcg(shop, product(model.user_factors, items), params.hybrid)
            for items in (model.item_factors, rows)
        )
        gain = difference(with_rows, without)
        lines.append(
            f"| {name} | {without.mean():.4f} | {with_rows.mean():.4f} | {gain} |"
        )
    return lines


def served_ndcg(shop: Prepared, score: Scorer, weights: Weights) -> np.ndarray:
    """ndcg_at_10 of each test user (test users,) by the hybrid score."""
    known = shop.inputs.known
    served = hybrid.scorer(score, known.aged, shop.inputs.vectors, weights)
    return per_user(served, known.seen, shop.test)[:, NDCG]
