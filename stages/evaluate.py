"""Evaluate the models and the baselines on the test interactions.

reads   data/processed              matrices, test.parquet, id maps
        models/als, models/bpr      factors
        data/embeddings/items.npz   for the hybrid score and the content baseline
writes  metrics/evaluate.json       the best model; every metric of every model, with its interval
        metrics/models/<name>.json  the few that fit a line of `dvc metrics show`
        plots/ranking.csv           model, k and every metric, for `dvc plots`
        data/evaluation/per_user.parquet    headline metrics of each test user, by ranker

Ranking is over all unseen items (recsys/ranking/metrics.py); intervals are of the mean over users
(recsys/ranking/evaluation.py). `als` and `bpr` are the models as they serve, by the hybrid score
(recsys/ranking/hybrid.py) with the weights that training has chosen for the shop, and with the
places that it keeps for new items (recsys/ranking/new_places.py); `als_factors` and `bpr_factors`
are the same without either. newcomer_<metric> of a model: some of the same users, as if
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
from recsys.dataset.sparse import columns_kept, item_counts
from recsys.files.atomic import sha256_of, write_json, write_text
from recsys.files.tables import write_table
from recsys.models import model_folder
from recsys.models.factors import Factors
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import DataError
from recsys.program.params import load
from recsys.ranking import evaluation_file, hybrid
from recsys.ranking import metrics as ranking
from recsys.ranking.evaluation import (
    Params,
    best_of,
    headline_row,
    newcomer_metrics,
    ranking_csv,
    with_intervals,
)
from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.new_places import lister
from recsys.ranking.rankers import Ranker, scores_of_all
from recsys.ranking.top_k import Lister, Scorer, by_score, rank
from recsys.ranking.weights import Weights
from recsys.serving import newcomers

log = logging.getLogger("evaluate")


@dataclass(frozen=True)
class Model:
    """A trained model and how it ranks."""

    factors: Factors
    weights: Weights
    cold_threshold: int = 1  # an item with fewer training positives is cold
    new_item_places: int = 0  # of ten places of a list


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
    return Model(factors, saved.served_weights, threshold, saved.new_item_places)


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


def lister_of(model: Model, data: Dataset, liked: csr_matrix) -> Lister | None:
    """How the model's lists are made of its scores, for users who like csr (users, items) `liked`;
    None: by the score alone.
    """
    return lister(model.new_item_places, data.known, data.vectors, liked)


def cold_item_metrics(model: Model, data: Dataset, params: Params) -> dict[str, float]:
    """What the list as served has of cold items: the recall of test users who take one next (0
    where there is nobody), the number of these, and the share of all places that cold items have.
    """
    known, k = data.known, params.cutoff
    is_cold = item_counts(known.binary) < model.cold_threshold
    score = hybrid.scorer(
        model.factors.score, known.binary, data.vectors, model.weights
    )
    wanted = columns_kept(data.test, is_cold)
    made = lister_of(model, data, known.binary)
    of_users = ranking.metrics_at(score, known.seen, wanted, [k], made)
    found = of_users[f"recall_at_{k}"]
    some = users_of(some_users(data.test, params.newcomers))
    blocks = rank(score, some, known.seen, k, made or by_score)
    lists = [items for _, items in blocks]
    shown = np.concatenate([items[items >= 0] for items in lists])
    return {
        f"cold_item_recall_at_{k}": round(float(found.mean()), 6)
        if len(found)
        else 0.0,
        "cold_item_users": float(len(found)),
        f"cold_item_share_at_{k}": round(float(is_cold[shown].mean()), 6),
    }


class Measured(NamedTuple):
    """Every metric of every model and baseline, and the metrics of each user behind them."""

    rows: dict[str, dict[str, float]]
    per_user: dict[str, dict[str, np.ndarray]]  # (test users,) float64, in index order


def measure(models: dict[str, Model], data: Dataset, params: Params) -> Measured:
    """Every metric of every model and baseline on the test interactions, with intervals."""
    seen = data.known.seen
    rankers = {
        name: Ranker(model.factors.score, model.weights)
        for name, model in models.items()
    }
    scores_of = scores_of_all(rankers, data.known.binary, data.vectors, params.seed)
    listers = {
        name: made
        for name, model in models.items()
        if (made := lister_of(model, data, data.known.binary))
    }
    found = ranking.evaluate_each(scores_of, seen, data.test, params.cutoffs, listers)
    per_user = {name: of_users for name, (of_users, _) in found.items()}
    coverage = {name: of_items for name, (_, of_items) in found.items()}
    rows = with_intervals(per_user, coverage, params)
    one = one_positive(data.known, data.latest)
    some = some_users(data.test, params.newcomers)
    for name, model in models.items():
        score = newcomer_scorer(model, data.known, one, data.vectors)
        made = lister_of(model, data, one)
        as_new = ranking.metrics_at(score, seen, some, [params.cutoff], made)
        rows[name] |= newcomer_metrics(as_new, params)
        rows[name] |= cold_item_metrics(model, data, params)
    return Measured(rows, per_user)


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


def table(evaluation: Evaluation) -> list[str]:
    """A line for people of each model and baseline, the best first."""
    primary = evaluation.primary
    lines = []
    for name in sorted(evaluation.models, key=evaluation.primary_of, reverse=True):
        row = evaluation.models[name]
        interval = f"[{row[f'{primary}_low']:.4f}, {row[f'{primary}_high']:.4f}]"
        lines.append(f"{name:12}{primary} {row[primary]:.4f}  {interval}")
    return lines


def main(
    processed: Path,
    als: Path,
    bpr: Path,
    embeddings: Path,
    metrics: Path,
    metrics_by_model: Path,
    plot: Path,
    per_user: Path,
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
    for line in table(evaluation):
        log.info(line)


if __name__ == "__main__":
    enter(main)
