"""Evaluate the models and the baselines on the test interactions.

reads   data/processed              matrices, test.parquet, id maps
        models/als, models/bpr      factors
        models/blend                the same of both together, if it is offered
        data/embeddings/items.npz   for the hybrid score and the content baseline
        metrics/odd.json            what merge has found odd, to be said on the page
        metrics/blend.json          what a blend would give, to be said there too
writes  metrics/evaluate.json       the best model; every metric of every model, with its interval
        metrics/models/<name>.json  the few that fit a line of `dvc metrics show`; {} of a blend
                                    that is not offered
        plots/ranking.csv           model, k and every metric, for `dvc plots`
        plots/training.csv          curve, step and value: the training curves of both models
        data/evaluation/per_user.parquet    headline metrics of each test user, by ranker
        metrics/breakdown.json      models and popularity by group of test users; novelty, diversity
        reports/evaluation.html     all of it for people, one page

Ranking is over all unseen items (recsys/ranking/metrics.py); intervals are of the mean over users
(recsys/ranking/evaluation.py). `als`, `bpr` and `blend` are the models as they serve, by the hybrid
score (recsys/ranking/hybrid.py) with the weights that training has chosen for the shop, and with
the places that it keeps for new items (recsys/ranking/new_places.py); `als_factors`, `bpr_factors`
and `blend_factors` are the same without either. newcomer_<metric> of a model: some of the same
users, as if nothing but one positive was known of each (recsys/serving/newcomers.py).
cold_item_<metric>: what the list as served has of items with few positives.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.folder import read_ids
from recsys.dataset.interactions import (
    one_positive,
    some_users,
    users_of,
)
from recsys.dataset.sparse import item_counts
from recsys.files.atomic import read_json, write_json, write_text
from recsys.files.tables import write_table
from recsys.models import blend_verdict as blend_verdicts
from recsys.models import evaluated
from recsys.models.blend_verdict import Verdict
from recsys.models.curves import curves_csv
from recsys.models.evaluated import Dataset, Model, read_dataset, read_model
from recsys.models.offered import is_offered
from recsys.program import kernel_cache
from recsys.program.command_line import PARAMS_FILE, enter
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
from recsys.ranking.evaluation_file import Evaluation
from recsys.ranking.hybrid import Beside
from recsys.ranking.model_names import BASELINE, BLEND
from recsys.ranking.new_places import lister
from recsys.ranking.rankers import Ranker, scores_of_all
from recsys.ranking.top_k import Lister, Scorer, by_score, rank
from recsys.reports import evaluation as report
from recsys.serving import newcomers

load_ahead = kernel_cache.get_ready
log = logging.getLogger("evaluate")


def newcomer_scorer(
    model: Model, one: csr_matrix, beside: Beside, users: np.ndarray
) -> Scorer:
    """How the model scores these `users` (n,), of whom nothing but the positive in `one` is known.

    `one` is csr (users, items): its confidence.
    """
    no_dislikes = csr_matrix(one.shape, dtype=np.float32)
    return newcomers.scorer(
        model.factors, one, no_dislikes, beside, model.weights, users
    )


def lister_of(model: Model, data: Dataset, liked: csr_matrix) -> Lister | None:
    """How the model's lists are made of its scores, for users who like csr (users, items) `liked`;
    None: by the score alone.
    """
    return lister(model.new_item_places, data.known, data.vectors, liked)


def served(model: Model, data: Dataset, beside: Beside) -> Scorer:
    """How the model scores the users of the shop, as it serves."""
    score, liked = model.factors.score, data.known.aged
    return lambda users: hybrid.blended(
        score(users), liked[users], beside, model.weights
    )


def lists_of(
    score: Scorer, data: Dataset, params: Params, made: Lister | None = None
) -> np.ndarray:
    """The lists of some test users, (n, cutoff) int32 items, -1 for none."""
    some = users_of(some_users(data.test, params.newcomers))
    found = rank(score, some, data.known.seen, params.cutoff, made or by_score)
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
    every = [model.weights for model in models.values()]
    # once for all of them: with many products it takes as long as a fit
    beside = hybrid.beside(data.known.aged, data.vectors, *every)
    scores_of = scores_of_all(rankers, data.known.aged, beside, params.seed)
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
    lists, counts = {}, item_counts(data.known.binary)
    for name, model in models.items():
        score = newcomer_scorer(model, one, beside, users_of(some))
        made = lister_of(model, data, one)
        # what is not known of them is not left out of their lists either
        as_new = ranking.metrics_at(score, one, some, [params.cutoff], made)
        rows[name] |= newcomer_metrics(as_new, params)
        score, made = served(model, data, beside), listers.get(name)
        lists[name] = lists_of(score, data, params, made)
        is_cold = counts < model.cold_threshold
        rows[name] |= cold_item_metrics(
            *(score, lists[name], is_cold, seen, data.test, made)
        )
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


def page_of(
    evaluation: Evaluation,
    groups: Breakdown,
    models: dict[str, Model],
    shop: report.Shop,
    blend: Verdict | None = None,
) -> str:
    """The page for people, HTML."""
    trained = {
        name: report.Trained(model.model_id, model.notes)
        for name, model in models.items()
    }
    return report.page(report.Facts(evaluation, groups, trained, shop, blend))


def offered(folders: Mapping[str, Path]) -> dict[str, Path]:
    """Those of the folders that hold a model."""
    return {name: path for name, path in folders.items() if is_offered(path)}


def by_model(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    """The few metrics of each model and baseline; none of a blend that is not offered."""
    nothing: dict[str, dict[str, float]] = {BLEND: {}, f"{BLEND}_factors": {}}
    return nothing | {
        name: headline_row(row, evaluation.primary)
        for name, row in evaluation.models.items()
    }


def measured_part(data: Dataset, items: int, params: Params) -> Dataset:
    """The data with as many of its test users as are measured; fewer than all is said."""
    in_all = len(users_of(data.test))
    part = replace(data, test=some_users(data.test, params.users_of(items)))
    if (users := len(users_of(part.test))) < in_all:
        log.info(
            "%d of %d test users are measured (evaluate.users, evaluate.cells)",
            *(users, in_all),
        )
    return part


def write_metrics(evaluation: Evaluation, whole: Path, by_name: Path) -> None:
    """The evaluation, and a file a model in the folder `by_name`."""
    evaluation_file.write(whole, evaluation)
    for name, row in by_model(evaluation).items():
        write_json(by_name / f"{name}.json", row)


def main(
    processed: Path,
    als: Path,
    bpr: Path,
    blend: Path,
    embeddings: Path,
    metrics: Path,
    metrics_by_model: Path,
    plot: Path,
    curves: Path,
    per_user: Path,
    breakdown: Path,
    odd: Path,
    blend_verdict: Path,
    page: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "evaluate", params)
    ids = read_ids(processed)
    items = load_embeddings(embeddings, ids.items)
    folders = offered({"als": als, "bpr": bpr, BLEND: blend})
    models = {
        name: read_model(path, ids, items, embeddings) for name, path in folders.items()
    }
    whole = read_dataset(processed, ids, items.vectors)
    fair = evaluated.judging(whole, models.values())
    data = measured_part(fair, len(ids.items), settings)
    users = users_of(data.test)
    measured = measure(models, data, settings)
    told = blend_verdicts.read(blend_verdict)
    by_fold = {name: model.notes.validation_ndcg for name, model in models.items()}
    evaluation = Evaluation(
        best=best_of(measured.rows, settings.primary, by_fold),
        primary=settings.primary,
        test_users=len(users),
        test_users_in_all=len(users_of(whole.test)),
        models=measured.rows,
        blend=told.in_short(),
    )
    write_metrics(evaluation, metrics, metrics_by_model)
    write_text(plot, ranking_csv(evaluation.models, settings.cutoffs))
    write_text(curves, curves_csv(folders))
    names = [ids.users[user] for user in users.tolist()]
    write_table(per_user_table(measured, names, settings), per_user)
    groups = broken_down(measured, models, data, settings)
    breakdowns.write(breakdown, groups)
    shop = report.Shop(
        len(ids.users), len(ids.items), data.known.binary.nnz, read_json(odd)
    )
    write_text(page, page_of(evaluation, groups, models, shop, told))
    for line in evaluation.lines():
        log.info(line)


if __name__ == "__main__":
    enter(main)
