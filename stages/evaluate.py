"""Evaluate the models and the baselines on the test interactions.

reads   data/processed              matrices, test.parquet, id maps
        models/als, models/bpr      factors
        data/embeddings/items.npz   for the hybrid score and the content baseline
writes  metrics/evaluate.json       the best model; every metric of every model, with its interval
        metrics/models/<name>.json  the few that fit a line of `dvc metrics show`
        plots/ranking.csv           model, k and every metric, for `dvc plots`
        data/evaluation/per_user.parquet    headline metrics of each test user, by ranker
        metrics/breakdown.json      models and popularity by group of test users; novelty, diversity
        reports/evaluation.html     all of it for people, one page

Ranking is over all unseen items (recsys/ranking/metrics.py); intervals are of the mean over users
(recsys/ranking/evaluation.py). `als` and `bpr` are the models as they serve, by the hybrid score
(recsys/ranking/hybrid.py) with the weights that training has chosen for the shop; `als_factors` and
`bpr_factors` are the same without it. newcomer_<metric> of a model: some of the same users, as if
nothing but one positive was known of each (recsys/serving/newcomers.py). cold_item_<metric>: what
the list as served has of items with few positives.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.embeddings import Embeddings, load_embeddings
from recsys.dataset.folder import Ids, read_ids, read_interactions, read_pairs
from recsys.dataset.interactions import (
    Interactions,
    one_positive,
    some_users,
    users_of,
)
from recsys.dataset.sparse import item_counts
from recsys.files.atomic import sha256_of, write_json, write_text
from recsys.files.tables import write_table
from recsys.models import model_folder
from recsys.models.factors import Factors
from recsys.models.manifest import Notes
from recsys.models.model_folder import NO_NOTES
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import load
from recsys.ranking import baselines, evaluation_file, hybrid
from recsys.ranking import breakdown as breakdowns
from recsys.ranking import metrics as ranking
from recsys.ranking.breakdown import Breakdown
from recsys.ranking.cold_items import cold_item_metrics
from recsys.ranking.evaluation import (
    Params,
    best_of,
    headline_row,
    newcomer_metrics,
    ranking_csv,
    with_intervals,
)
from recsys.ranking.evaluation_file import BASELINE, Evaluation
from recsys.ranking.rankers import Ranker, scores_of_all
from recsys.ranking.top_k import Scorer, rank
from recsys.ranking.weights import Weights
from recsys.reports import evaluation as report
from recsys.serving import newcomers

log = logging.getLogger("evaluate")


@dataclass(frozen=True)
class Model:
    """A trained model and how it ranks."""

    factors: Factors
    weights: Weights
    cold_threshold: int = 1  # an item with fewer training positives is cold
    model_id: str = ""
    notes: Notes = NO_NOTES  # what training found out


@dataclass(frozen=True)
class Dataset:
    """What the models are measured on; matrices are csr (users, items) float32."""

    known: Interactions  # the training interactions
    test: csr_matrix  # 1 where there is a test interaction
    latest: csr_matrix  # 1 at the latest training positive of a user who has several
    vectors: np.ndarray  # (items, dimension) float32, the items' embeddings


def read_dataset(processed: Path, ids: Ids, vectors: np.ndarray) -> Dataset:
    """What process wrote, and the embeddings. DataError if there is nothing to measure by."""
    known = read_interactions(processed, ids)
    test = read_pairs(processed / "test.parquet", known.binary.shape)
    if not test.nnz:
        raise DataError(
            f"{processed / 'test.parquet'}: no test interactions to measure by; "
            f"run `dvc repro process`"
        )
    latest = read_pairs(processed / "validation.parquet", known.binary.shape)
    return Dataset(known, test, latest, vectors)


def read_model(
    folder: Path, ids: Ids, embeddings: Embeddings, embeddings_file: Path
) -> Model:
    """The trained model. DataError if it was trained on other users, items or embeddings."""
    saved = model_folder.load(folder)
    factors, manifest = saved.factors, saved.manifest
    if factors.user_ids != ids.users or factors.item_ids != ids.items:
        raise DataError(
            f"{folder}: trained on other users or items than data/processed has; run `dvc repro`"
        )
    embeddings.require(str(manifest.notes.embedding_space), str(folder))
    if manifest.inputs.get(embeddings_file.name) != sha256_of(embeddings_file):
        raise DataError(
            f"{folder}: trained with other embeddings than {embeddings_file} has; run `dvc repro`"
        )
    if factors.new_user is None:
        raise DataError(
            f"{folder / 'manifest.json'}: does not say how new users are folded in; run `dvc repro`"
        )
    threshold = int(manifest.params.get("cold_threshold", 1))
    return Model(
        factors, saved.served_weights, threshold, manifest.model_id, manifest.notes
    )


def newcomer_scorer(
    model: Model, known: Interactions, one: csr_matrix, vectors: np.ndarray
) -> Scorer:
    """How the model scores users of whom nothing but the positive in `one` is known.

    `one` is csr (users, items): its confidence. `vectors` are (items, dimension) float32.
    """
    beside = hybrid.beside(known.binary, vectors, model.weights)
    no_dislikes = csr_matrix(one.shape, dtype=np.float32)
    return lambda users: newcomers.scores(
        model.factors, one[users], no_dislikes[users], beside, model.weights
    )


def served(model: Model, data: Dataset) -> Scorer:
    """How the model scores the users of the shop, as it serves."""
    return hybrid.scorer(
        model.factors.score, data.known.binary, data.vectors, model.weights
    )


def lists_of(score: Scorer, data: Dataset, params: Params) -> np.ndarray:
    """The lists of some test users, (n, cutoff) int32 items, -1 for none."""
    some = users_of(some_users(data.test, params.newcomers))
    found = rank(score, some, data.known.seen, params.cutoff)
    return np.concatenate([items for _, items in found])


class Measured(NamedTuple):
    """Every metric of every model and baseline, and the metrics of each user behind them."""

    rows: dict[str, dict[str, float]]
    per_user: dict[str, dict[str, np.ndarray]]  # (test users,) float64, in index order
    lists: dict[
        str, np.ndarray
    ]  # (some users, cutoff) items, of each model and popularity


def measure(models: dict[str, Model], data: Dataset, params: Params) -> Measured:
    """Every metric of every model and baseline on the test interactions, with intervals."""
    seen = data.known.seen
    rankers = {
        name: Ranker(model.factors.score, model.weights)
        for name, model in models.items()
    }
    scores_of = scores_of_all(rankers, data.known.binary, data.vectors, params.seed)
    found = ranking.evaluate_each(scores_of, seen, data.test, params.cutoffs)
    per_user = {name: of_users for name, (of_users, _) in found.items()}
    coverage = {name: of_items for name, (_, of_items) in found.items()}
    rows = with_intervals(per_user, coverage, params)
    one = one_positive(data.known, data.latest)
    some = some_users(data.test, params.newcomers)
    lists, counts = {}, item_counts(data.known.binary)
    for name, model in models.items():
        score = newcomer_scorer(model, data.known, one, data.vectors)
        as_new = ranking.metrics_at(score, seen, some, [params.cutoff])
        rows[name] |= newcomer_metrics(as_new, params)
        score = served(model, data)
        lists[name] = lists_of(score, data, params)
        is_cold = counts < model.cold_threshold
        rows[name] |= cold_item_metrics(score, lists[name], is_cold, seen, data.test)
    by_popularity = baselines.popularity(data.known.binary)
    lists[BASELINE] = lists_of(by_popularity, data, params)
    return Measured(rows, per_user, lists)


def broken_down(
    measured: Measured, models: dict[str, Model], data: Dataset, params: Params
) -> Breakdown:
    """The same by group of test users; cold is what is cold to any of the models."""
    return breakdowns.breakdown(
        measured.per_user,
        params.headline,
        data.test,
        data.known.binary,
        max(model.cold_threshold for model in models.values()),
        measured.lists,
        data.vectors,
    )


def per_user_table(
    measured: Measured, users: list[str], params: Params
) -> pl.DataFrame:
    """A row a test user of `users`, a column <ranker>.<metric> float32 of each headline metric."""
    columns = {
        f"{name}.{metric}": of_users[metric].astype(np.float32)
        for name, of_users in measured.per_user.items()
        for metric in params.headline
    }
    return pl.DataFrame({"user_id": users, **columns})


def main(
    processed: Path,
    als: Path,
    bpr: Path,
    embeddings: Path,
    metrics: Path,
    metrics_by_model: Path,
    plot: Path,
    per_user: Path,
    breakdown: Path,
    page: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "evaluate", params)
    ids = read_ids(processed)
    items = load_embeddings(embeddings, ids.items)
    folders = {"als": als, "bpr": bpr}
    models = {
        name: read_model(path, ids, items, embeddings) for name, path in folders.items()
    }
    data = read_dataset(processed, ids, items.vectors)
    in_all = users_of(data.test)
    data = replace(data, test=some_users(data.test, settings.users_of(len(ids.items))))
    users = users_of(data.test)
    if len(users) < len(in_all):
        log.info(
            "%d of %d test users are measured (evaluate.users, evaluate.cells)",
            *(len(users), len(in_all)),
        )
    measured = measure(models, data, settings)
    evaluation = Evaluation(
        best=best_of(measured.rows, settings.primary),
        primary=settings.primary,
        test_users=len(users),
        test_users_in_all=len(in_all),
        models=measured.rows,
    )
    evaluation_file.write(metrics, evaluation)
    for name, row in evaluation.models.items():
        write_json(
            metrics_by_model / f"{name}.json", headline_row(row, evaluation.primary)
        )
    write_text(plot, ranking_csv(evaluation.models, settings.cutoffs))
    names = [ids.users[user] for user in users.tolist()]
    write_table(per_user_table(measured, names, settings), per_user)
    groups = broken_down(measured, models, data, settings)
    breakdowns.write(breakdown, groups)
    trained = {
        name: report.Trained(model.model_id, model.notes)
        for name, model in models.items()
    }
    shop = report.Shop(len(ids.users), len(ids.items), data.known.binary.nnz)
    write_text(page, report.page(report.Facts(evaluation, groups, trained, shop)))
    for line in evaluation.lines():
        log.info(line)


if __name__ == "__main__":
    enter(main)
