"""Evaluate the models and the baselines on the test interactions, log them in MLflow, register the
better model.

reads   models/als, models/bpr      factors
        processed                   matrices, test.parquet, id maps
        embeddings/items.npz        for the hybrid score and the content baseline
writes  metrics/evaluate.json       {"best": name, "models": {name: {metric: value, metric_low, metric_high}}}
        metrics/models/<name>.json  the few that fit a line of `dvc metrics show`
        plots/ranking.csv           model, k and every metric, for `dvc plots`
and, outside of DVC, runs and a registered version in MLflow (recsys/registry/publish.py), the same
ones however often it runs.

Ranking is over all unseen items (recsys/ranking/metrics.py); intervals are of the mean over users
(recsys/statistics/bootstrap.py). `als` and `bpr` are the models as they serve, by the hybrid score
(recsys/ranking/hybrid.py) with the weights of their params; `als_factors` and `bpr_factors` are the
same without it. newcomer_<metric> of a model: some of the same users, as if nothing but one
positive was known of each (recsys/serving/newcomers.py).
"""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset import folder as processed
from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.folder import read_interactions, read_pairs
from recsys.dataset.interactions import Interactions, some_users
from recsys.files.atomic import sha256_of, write_json, write_text
from recsys.models import factors, model_folder
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import load
from recsys.ranking import baselines, hybrid, top_k
from recsys.ranking import metrics as ranking
from recsys.ranking.evaluation import (
    Params,
    best_of,
    newcomer_metrics,
    ranking_csv,
    short,
    with_intervals,
)
from recsys.registry import publish
from recsys.serving import newcomers

log = logging.getLogger("evaluate")


@dataclass(frozen=True)
class Model:
    """A trained model and how it ranks."""

    factors: factors.Factors
    weights: hybrid.Weights


def scorers(
    models: dict[str, Model], user_items: csr_matrix, vectors: np.ndarray, seed: int
) -> dict[str, top_k.Scorer]:
    """How each model, with and without the hybrid score, and each baseline scores all items for
    some users.
    """
    return {
        **{
            name: hybrid.scorer(one.factors.score, user_items, vectors, one.weights)
            for name, one in models.items()
        },
        **{f"{name}_factors": one.factors.score for name, one in models.items()},
        "popularity": baselines.popularity(user_items),
        "random": baselines.chance(user_items.shape[1], seed),
        "content": baselines.content(user_items, vectors),
    }


def one_positive(known: Interactions, latest: csr_matrix) -> csr_matrix:
    """Confidence (users, items) of one positive a user: that of `latest`, else the first."""
    lacking = np.diff(latest.indptr) == 0
    first = known.confidence.indptr[:-1][lacking & (np.diff(known.confidence.indptr) > 0)]
    rows = np.searchsorted(known.confidence.indptr, first, side="right") - 1
    ones = np.ones(len(first), dtype=np.float32)
    chosen = latest + csr_matrix(
        (ones, (rows, known.confidence.indices[first])), shape=latest.shape
    )
    return known.confidence.multiply(chosen != 0).tocsr()


def newcomer_scorer(
    model: Model, known: Interactions, one: csr_matrix, vectors: np.ndarray
) -> top_k.Scorer:
    """How the model scores users of whom nothing but the positive in `one` (users, items) is known."""
    popularity = hybrid.log_popularity(known.binary)
    nothing = csr_matrix(one.shape, dtype=np.float32)
    return lambda users: newcomers.scores(
        model.factors, one[users], nothing[users], vectors, popularity, model.weights
    )


def read_models(folders: dict[str, Path], ids: processed.Ids, embeddings: Path) -> dict[str, Model]:
    """The trained models. DataError if one was trained on other users, items or embeddings."""
    models = {}
    for name, folder in folders.items():
        model, manifest = model_folder.load(folder), model_folder.load_manifest(folder)
        if model.user_ids != ids.users or model.item_ids != ids.items:
            raise DataError(
                f"{folder}: trained on other users or items than data/processed has; run `dvc repro`"
            )
        notes = manifest.get("notes")
        space = notes.get("embedding_space") if isinstance(notes, dict) else None
        load_embeddings(embeddings, ids.items).require(str(space), str(folder))
        if manifest.get("inputs", {}).get(embeddings.name) != sha256_of(embeddings):
            raise DataError(
                f"{folder}: trained with other embeddings than {embeddings} has; run `dvc repro`"
            )
        if model.new_user is None:
            raise DataError(
                f"{folder / 'manifest.json'}: does not say how new users are folded in; run `dvc repro`"
            )
        try:
            models[name] = Model(model, hybrid.Weights.model_validate(manifest["params"]["hybrid"]))
        except (KeyError, TypeError, ValueError):
            raise DataError(
                f"{folder / 'manifest.json'}: no weights of the hybrid score; run `dvc repro`"
            ) from None
    return models


def measure(
    models: dict[str, Model], data: Path, ids: processed.Ids, vectors: np.ndarray, params: Params
) -> tuple[dict[str, dict[str, float]], int]:
    """Every metric of every model and baseline on the test interactions, with intervals; and the
    number of users.
    """
    known = read_interactions(data, ids)
    test = read_pairs(data / "test.parquet", known.binary.shape)
    if not test.nnz:
        raise DataError(
            f"{data / 'test.parquet'}: no test interactions to measure by; run `dvc repro process`"
        )
    one = one_positive(known, read_pairs(data / "validation.parquet", known.binary.shape))
    test_users = int((np.diff(test.indptr) > 0).sum())
    rankers = scorers(models, known.binary, vectors, params.seed)
    per_user, coverage = {}, {}
    for name, score in rankers.items():
        per_user[name], coverage[name] = ranking.evaluate(score, known.seen, test, params.cutoffs)
    found, some = with_intervals(per_user, coverage, params), some_users(test, params.newcomers)
    for name, model in models.items():
        measured, _ = ranking.evaluate(
            newcomer_scorer(model, known, one, vectors), known.seen, some, [params.cutoff]
        )
        found[name] |= newcomer_metrics(measured, params)
    return found, test_users


def main(
    data: Path,
    als: Path,
    bpr: Path,
    embeddings: Path,
    metrics: Path,
    lines: Path,
    plots: Path,
    mlruns: Path = Path("mlruns"),
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "evaluate", params)
    folders = {"als": als, "bpr": bpr}
    ids = processed.read_ids(data)
    vectors = load_embeddings(embeddings, ids.items).vectors
    found, test_users = measure(read_models(folders, ids, embeddings), data, ids, vectors, settings)
    best = best_of(found, settings.primary)
    write_json(
        metrics,
        {
            "best": best,
            "primary": settings.primary,
            "test_users": test_users,
            "models": found,
        },
    )
    for name, row in found.items():
        write_json(lines / f"{name}.json", short(row, settings.primary))
    write_text(plots, ranking_csv(found, settings.cutoffs))
    for name, row in sorted(found.items(), key=lambda pair: -pair[1][settings.primary]):
        low, high = row[f"{settings.primary}_low"], row[f"{settings.primary}_high"]
        log.info(
            "%-12s%s %.4f  [%.4f, %.4f]", name, settings.primary, row[settings.primary], low, high
        )
    log.info(publish.publish(metrics, folders, mlruns).sentence())


if __name__ == "__main__":
    enter(main)
