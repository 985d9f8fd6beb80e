"""How well users are served who were held out of training and are known by one purchase only."""

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.comparison import difference, per_user
from bench.models.fits import Fits
from bench.models.prepared import Prepared
from recsys.dataset.interactions import Interactions, users_of
from recsys.dataset.sparse import entries_per_row
from recsys.models.factors import Factors
from recsys.ranking import baselines, hybrid
from recsys.ranking.top_k import Scorer
from recsys.ranking.weights import ONLY_FACTORS
from recsys.serving import newcomers

SEEDS = (0, 1, 2, 3, 4)
USERS_SHARE = 0.2


def table(shop: Prepared, fits: Fits) -> list[str]:
    """Markdown lines: users who were not trained on, by their latest positive."""
    tested = np.flatnonzero(entries_per_row(shop.test))
    values: dict[str, list[np.ndarray]] = {}
    for seed in SEEDS:
        chosen = np.random.default_rng(seed).permutation(tested)[
            : round(USERS_SHARE * len(tested))
        ]
        new = np.zeros(shop.test.shape[0], dtype=bool)
        new[chosen] = True
        for name, measured in found_by_each_way(shop, new, fits).items():
            values.setdefault(name, []).append(measured)
    pooled = {name: np.concatenate(parts) for name, parts in values.items()}
    base = pooled["popularity"]
    lines = [
        f"{len(chosen)} users hidden at a time, pooled over {len(SEEDS)} seeds",
        "",
        "| cold-start users by | recall_at_10 | ndcg_at_10 | ndcg over popularity, 95 % |",
        "|---|---|---|---|",
    ]
    for name, measured in pooled.items():
        recall, ndcg = measured.T
        gain = difference(ndcg, base[:, 1])
        lines.append(f"| {name} | {recall.mean():.3f} | {ndcg.mean():.3f} | {gain} |")
    return lines


def found_by_each_way(
    shop: Prepared, new: np.ndarray, fits: Fits
) -> dict[str, np.ndarray]:
    """recall and ndcg (new users, 2) of the users that `new` (users,) bool marks, by each way."""
    inputs, known = shop.inputs, shop.inputs.known
    left = known.without(rows_of_users(known.binary, new))
    one = latest_positive(inputs.held_out, known, new)
    test = rows_of_users(shop.test, new)
    no_dislikes = csr_matrix(one.shape, dtype=np.float32)
    scorers: dict[str, Scorer] = {
        "popularity": baselines.popularity(left.binary),
        "content neighbours": baselines.content(one, inputs.vectors),
    }
    for name, fit, hybrid_weights in (
        ("ALS", fits.als(inputs.vectors), fits.als_params.hybrid),
        ("BPR", fits.bpr(inputs.vectors), fits.bpr_params.hybrid),
    ):
        model, ids = fit.fit(left), inputs.ids
        rows = model.user_factors, model.item_factors
        factors = Factors(ids.users, ids.items, *rows, fit.new_user())
        for label, weights in (
            ("", ONLY_FACTORS),
            (", hybrid score", hybrid_weights),
        ):
            beside = hybrid.beside(left.binary, inputs.vectors, weights)
            scorers[f"{name}, folded in{label}"] = newcomers.scorer(
                factors, one, no_dislikes, beside, weights, users_of(test)
            )
    return {name: per_user(score, one, test) for name, score in scorers.items()}


def rows_of_users(matrix: csr_matrix, chosen: np.ndarray) -> csr_matrix:
    """The rows of csr (users, items) that `chosen` (users,) bool marks; the others are empty."""
    return csr_matrix(chosen[:, None].astype(np.float32)).multiply(matrix).tocsr()


def latest_positive(
    held_out: csr_matrix, known: Interactions, new: np.ndarray
) -> csr_matrix:
    """Confidence (users, items) of the latest training positive of each user that `new` marks.

    It is the held-out one, or the only one that the user has.
    """
    lacking = new & (entries_per_row(held_out) == 0)
    only = rows_of_users(known.binary, lacking)
    latest = rows_of_users(held_out, new)
    return known.confidence.multiply(only + latest).tocsr()
