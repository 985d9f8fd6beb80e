"""Cold items and cold-start users: what is found of them, by each way that params.yaml offers.

usage   python -m bench.models.cold [DIR ...] [--out FILE]
reads   DIR             a folder with the shop's three CSVs; without one, the sample shop in data/raw
        params.yaml     sections merge, process, embed, train_als, train_bpr
writes  FILE            the tables below as Markdown; without one, to the terminal

Cold items: a fifth of the items with a positive is held out of training, with all their
interactions (test positives count as training here: this is another split), and ranked among
themselves for the users who took one of them and something else. Means over users and five seeds.
Warm items: the pipeline's own split, all items ranked, with rows for cold items and without; the
difference of ndcg_at_10 has a 95 % paired bootstrap interval over users.

Cold-start users: a fifth of the test users is held out of training and known by their latest
positive only.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.prepared import Prepared, prepared
from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.model import BprFit
from recsys.bpr.params import Params as BprParams
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.files.atomic import write_text
from recsys.models import cold_items, ridge_map
from recsys.models.factors import Factors
from recsys.models.model import Trained
from recsys.program.command_line import PARAMS_FILE
from recsys.program.params import load
from recsys.ranking import baselines, hybrid, metrics
from recsys.ranking.metrics import metrics_of
from recsys.ranking.top_k import Scorer
from recsys.serving import newcomers
from recsys.statistics import bootstrap

SAMPLE = Path("data/raw")
SEEDS = (0, 1, 2, 3, 4)
USERS_SHARE = 0.2
RESAMPLES = 2000


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
    """Directions that say nothing, (items, d) float32."""
    drawn = np.random.default_rng(seed).standard_normal(vectors.shape, dtype=np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def among(hidden: np.ndarray, score: Scorer) -> Scorer:
    """The same scores, of the hidden items only."""
    return lambda users: np.where(hidden, score(users), np.float32(-np.inf))


def product(model: Trained, rows: np.ndarray) -> Scorer:
    return lambda users: model.user_factors[users] @ rows.T


def ways(
    left: Interactions,
    vectors: np.ndarray,
    als: AlsParams,
    bpr_params: BprParams,
    epochs: int,
) -> dict[str, Scorer]:
    """How each way scores all items after training on `left`."""
    plain = AlsFit(als.model_copy(update={"feature_prior": False}), vectors).fit(left)
    prior = AlsFit(als.model_copy(update={"feature_prior": True}), vectors).fit(left)
    pairs = BprFit(bpr_params, vectors, epochs).fit(left)
    noise = random_vectors(vectors, 0)
    counts = item_counts(left.binary)

    def ridge(model: Trained, space: np.ndarray, bias: bool = False) -> np.ndarray:
        return ridge_map.rows_from_texts(space, model.item_factors, counts, bias)

    return {
        "chance": baselines.chance(len(vectors), 0),
        "content neighbours": baselines.content(left.binary, vectors),
        "ALS, cold_start: off, no features": product(plain, plain.item_factors),
        "ALS, feature prior": product(prior, prior.item_factors),
        "ALS, ridge": product(plain, ridge(plain, vectors)),
        "ALS, feature prior and ridge": product(prior, ridge(prior, vectors)),
        "ALS, feature prior and ridge, hybrid score": hybrid.scorer(
            product(prior, ridge(prior, vectors)), left.binary, vectors, als.hybrid
        ),
        "ALS, ridge on random vectors": product(plain, ridge(plain, noise)),
        "BPR, cold_start: off": product(pairs, pairs.item_factors),
        "BPR, ridge": product(pairs, ridge(pairs, vectors, bias=True)),
        "BPR, ridge, hybrid score": hybrid.scorer(
            product(pairs, ridge(pairs, vectors, bias=True)),
            left.binary,
            vectors,
            bpr_params.hybrid,
        ),
    }


def cold_table(shop: Prepared, als: AlsParams, bpr_params: BprParams, epochs: int) -> list[str]:
    """Markdown lines: recall and ndcg of each way, mean over seeds."""
    everything, found, users = with_test(shop), {}, []
    for seed in SEEDS:
        left, hidden, targets = cold_items.hide(everything, seed)
        for name, score in ways(left, shop.inputs.vectors, als, bpr_params, epochs).items():
            measured = metrics_of(among(hidden, score), left.seen, targets)
            found.setdefault(name, []).append(
                [measured[metric].mean() for metric in metrics.METRICS]
            )
        users.append(int((np.diff(targets.indptr) > 0).sum()))
    lines = [f"{hidden.sum()} items hidden at a time, {np.mean(users):.0f} users on average", ""]
    lines += [
        "| cold items by | recall_at_10 | least and most of the seeds | ndcg_at_10 |",
        "|---|---|---|---|",
    ]
    for name, rows in found.items():
        recall, ndcg = np.array(rows).T
        lines.append(
            f"| {name} | {recall.mean():.3f} | {recall.min():.3f} to {recall.max():.3f} | {ndcg.mean():.3f} |"
        )
    return lines


def warm_table(shop: Prepared, als: AlsParams, bpr_params: BprParams, epochs: int) -> list[str]:
    """Markdown lines: ndcg on the test fold with and without rows for cold items, as served."""
    inputs = shop.inputs
    fits = {
        "ALS": (
            AlsFit(als, inputs.vectors).fit(inputs.known),
            als.hybrid,
            False,
            als.cold_threshold,
        ),
        "BPR": (
            BprFit(bpr_params, inputs.vectors, epochs).fit(inputs.known),
            bpr_params.hybrid,
            True,
            bpr_params.cold_threshold,
        ),
    }
    counts = item_counts(inputs.known.binary)
    lines = [
        "| warm items | ndcg_at_10 without rows for cold items | with | difference, 95 % |",
        "|---|---|---|---|",
    ]
    for name, (model, weights, bias, threshold) in fits.items():
        predicted = ridge_map.rows_from_texts(inputs.vectors, model.item_factors, counts, bias)
        rows = cold_items.drawn_to(predicted, model.item_factors, counts, threshold)
        values = [
            metrics_of(
                hybrid.scorer(product(model, one), inputs.known.binary, inputs.vectors, weights),
                inputs.known.seen,
                shop.test,
            )["ndcg_at_10"]
            for one in (model.item_factors, rows)
        ]
        lines.append(
            f"| {name} | {values[0].mean():.4f} | {values[1].mean():.4f} | {difference(*reversed(values))} |"
        )
    return lines


def difference(ours: np.ndarray, theirs: np.ndarray) -> str:
    """Mean of the paired difference and its interval, as text."""
    means = bootstrap.resampled_means((ours - theirs)[:, None], RESAMPLES, seed=42)
    low, high = bootstrap.interval(means)
    return f"{(ours - theirs).mean():+.4f} [{low[0]:+.4f}, {high[0]:+.4f}]"


def users_table(shop: Prepared, als: AlsParams, bpr_params: BprParams, epochs: int) -> list[str]:
    """Markdown lines: users who were not trained on, by their latest positive."""
    tested = np.flatnonzero(np.diff(shop.test.indptr))
    values: dict[str, list[np.ndarray]] = {}
    for seed in SEEDS:
        chosen = np.random.default_rng(seed).permutation(tested)[: round(USERS_SHARE * len(tested))]
        new = np.zeros(shop.test.shape[0], dtype=bool)
        new[chosen] = True
        for name, measured in newcomers_found(shop, new, als, bpr_params, epochs).items():
            values.setdefault(name, []).append(measured)
    base = np.concatenate(values["popularity"])
    lines = [f"{len(chosen)} users hidden at a time, pooled over {len(SEEDS)} seeds", ""]
    lines += [
        "| cold-start users by | recall_at_10 | ndcg_at_10 | ndcg over popularity, 95 % |",
        "|---|---|---|---|",
    ]
    for name, parts in values.items():
        recall, ndcg = np.concatenate(parts).T
        lines.append(
            f"| {name} | {recall.mean():.3f} | {ndcg.mean():.3f} | {difference(ndcg, base[:, 1])} |"
        )
    return lines


def newcomers_found(
    shop: Prepared,
    new: np.ndarray,
    als: AlsParams,
    bpr_params: BprParams,
    epochs: int,
) -> dict[str, np.ndarray]:
    """recall and ndcg (users, 2) of the users that `new` (users,) marks, by each way."""
    inputs, known = shop.inputs, shop.inputs.known
    rows = csr_matrix(new[:, None].astype(np.float32)).multiply
    left = known.without(rows(known.binary).tocsr())
    one = latest_positive(inputs.held_out, known, new)
    test = rows(shop.test).tocsr()
    popularity = hybrid.log_popularity(left.binary)
    nothing = csr_matrix(one.shape, dtype=np.float32)
    als_fit = AlsFit(als, inputs.vectors)
    bpr_fit = BprFit(bpr_params, inputs.vectors, epochs)
    fits = {
        "ALS": (als_fit.fit(left), als_fit.new_user(), als.hybrid),
        "BPR": (bpr_fit.fit(left), bpr_fit.new_user(), bpr_params.hybrid),
    }
    scorers: dict[str, Scorer] = {
        "popularity": baselines.popularity(left.binary),
        "content neighbours": baselines.content(one, inputs.vectors),
    }
    for name, (model, rule, weights) in fits.items():
        made = Factors(
            inputs.ids.users, inputs.ids.items, model.user_factors, model.item_factors, rule
        )
        for label, used in (
            ("", hybrid.Weights(content=0, popularity=0)),
            (", hybrid score", weights),
        ):
            scorers[f"{name}, folded in{label}"] = lambda users, made=made, used=used: (
                newcomers.scores(made, one[users], nothing[users], inputs.vectors, popularity, used)
            )
    measured = {name: metrics_of(score, one, test) for name, score in scorers.items()}
    return {
        name: np.column_stack([row[metric] for metric in metrics.METRICS])
        for name, row in measured.items()
    }


def latest_positive(held_out: csr_matrix, known: Interactions, new: np.ndarray) -> csr_matrix:
    """Confidence (users, items) of the latest training positive of each new user: the held-out one,
    or his only one.
    """
    lacking = new & (np.diff(held_out.indptr) == 0)
    rows = csr_matrix(lacking[:, None].astype(np.float32)).multiply(known.binary).tocsr()
    others = csr_matrix(new[:, None].astype(np.float32)).multiply(held_out).tocsr()
    return known.confidence.multiply(rows + others).tocsr()


def report(folders: Sequence[Path], params: Path) -> str:
    """All tables of all shops."""
    als, bpr_params = (
        load(AlsParams, "train_als", params),
        load(BprParams, "train_bpr", params),
    )
    lines = [
        "# Cold items and cold-start users",
        "",
        "Made by `python -m bench.models.cold`; see the top of bench/models/cold.py.",
        "",
    ]
    for folder in folders:
        with prepared(folder, params) as shop:
            known = shop.inputs.known
            epochs = bpr.search(
                known.binary, known.dislikes, shop.inputs.held_out, bpr_params
            ).epochs
            lines += [f"## Shop `{'sample' if folder == SAMPLE else folder.name}`", ""]
            for table in (cold_table, warm_table, users_table):
                lines += [*table(shop, als, bpr_params, epochs), ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, default=[SAMPLE])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    given = parser.parse_args(arguments)
    text = report(given.folders, given.params)
    write_text(given.out, text) if given.out else print(text)


if __name__ == "__main__":
    main()
