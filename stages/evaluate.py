"""Evaluate the models and the baselines on the test interactions, log them in MLflow, register the better model.

reads   models/als, models/bpr      factors
        processed                   matrices, test.parquet, id maps
        embeddings/items.npz        for the content baseline
writes  metrics/evaluate.json       {"best": name, "models": {name: {metric: value, metric_low, metric_high}}}
        metrics/models/<name>.json  the few that fit a line of `dvc metrics show`
        plots/ranking.csv           model, k and every metric, for `dvc plots`
and, outside of DVC, runs and a registered version in MLflow (recsys/tracking.py), the same ones however often it runs.

Ranking is over all unseen items (recsys/ranking.py); intervals are of the mean over users (recsys/intervals.py).
"""

import logging
import re
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import Field, PositiveInt, field_validator
from scipy.sparse import csr_matrix

from recsys import baselines, factors, intervals, processed, ranking, tracking
from recsys.artifacts import write_json, write_text
from recsys.door import PARAMS_FILE, enter
from recsys.embeddings import read_embeddings
from recsys.errors import DataError
from recsys.params import Section, load
from recsys.tables import read_table

log = logging.getLogger("evaluate")

MODELS = ("als", "bpr")  # those that may be registered; the others are baselines


class Params(Section):
    cutoffs: list[PositiveInt] = Field(min_length=1)
    primary: str
    bootstrap_samples: int = Field(ge=100)
    seed: int = Field(ge=0)

    @field_validator("primary")
    @classmethod
    def _known(cls, value: str) -> str:
        name, _, cutoff = value.partition("_at_")
        if name not in ranking.USER_METRICS or not re.fullmatch(r"[1-9][0-9]*", cutoff):
            raise ValueError(f"must be one of {', '.join(ranking.USER_METRICS)} with a cutoff, e.g. recall_at_10")
        return value

    def model_post_init(self, _context: object) -> None:
        if int(self.primary.partition("_at_")[2]) not in self.cutoffs:
            raise ValueError(f"primary {self.primary!r} has a cutoff that is not in cutoffs {self.cutoffs}")


def scorers(
    models: dict[str, factors.Factors], user_items: csr_matrix, vectors: np.ndarray, seed: int
) -> dict[str, ranking.Scorer]:
    """How each model and baseline scores all items for some users."""
    return {
        **{name: model.score for name, model in models.items()},
        "popularity": baselines.popularity(user_items),
        "random": baselines.chance(user_items.shape[1], seed),
        "content": baselines.content(user_items, vectors),
    }


def with_intervals(
    per_user: dict[str, dict[str, np.ndarray]], coverage: dict[str, dict[str, float]], params: Params
) -> dict[str, dict[str, float]]:
    """Mean of each metric with its 95 % interval; of the primary metric also the difference from popularity."""
    metrics = list(next(iter(per_user.values())))
    values = np.column_stack([per_user[name][metric] for name in per_user for metric in metrics])
    means = intervals.resampled_means(values, params.bootstrap_samples, params.seed)
    low, high = intervals.interval(means)
    found: dict[str, dict[str, float]] = {}
    primary = {name: at * len(metrics) + metrics.index(params.primary) for at, name in enumerate(per_user)}
    for at, name in enumerate(per_user):
        row = found[name] = {}
        for offset, metric in enumerate(metrics):
            column = at * len(metrics) + offset
            row |= {
                metric: float(values[:, column].mean()),
                f"{metric}_low": float(low[column]),
                f"{metric}_high": float(high[column]),
            }
        row |= coverage[name]
        if name != "popularity":
            ours, theirs = primary[name], primary["popularity"]
            ends = intervals.interval(means[:, [ours]] - means[:, [theirs]])
            row |= {
                f"{params.primary}_over_popularity": float((values[:, ours] - values[:, theirs]).mean()),
                f"{params.primary}_over_popularity_low": float(ends[0][0]),
                f"{params.primary}_over_popularity_high": float(ends[1][0]),
            }
    return {name: {key: round(value, 6) for key, value in row.items()} for name, row in found.items()}


def best_of(models: dict[str, dict[str, float]], primary: str) -> str:
    """The model with the highest primary metric; the first of MODELS at a tie."""
    return max(MODELS, key=lambda name: models[name][primary])


def short(row: dict[str, float], primary: str) -> dict[str, float]:
    """The metrics of a model that fit a line: the primary one with its interval, ndcg and coverage at its cutoff."""
    cutoff = primary.partition("_at_")[2]
    return {
        name: row[name]
        for name in (primary, f"{primary}_low", f"{primary}_high", f"ndcg_at_{cutoff}", f"coverage_at_{cutoff}")
    }


def ranking_csv(models: dict[str, dict[str, float]], cutoffs: list[int]) -> str:
    """A line a model and cutoff."""
    columns = (*ranking.USER_METRICS, "coverage")
    lines = [
        f"{name},{k}," + ",".join(str(row[f"{column}_at_{k}"]) for column in columns)
        for name, row in models.items()
        for k in cutoffs
    ]
    return "\n".join([f"model,k,{','.join(columns)}", *lines, ""])


def test_matrix(test: pl.DataFrame, shape: tuple[int, int]) -> csr_matrix:
    """csr (users, items) float32 with a 1 where there is a test interaction."""
    ones = np.ones(len(test), dtype=np.float32)
    return csr_matrix((ones, (test["user_index"].to_numpy(), test["item_index"].to_numpy())), shape=shape)


def read_models(folders: dict[str, Path], ids: processed.Ids) -> dict[str, factors.Factors]:
    """The trained models. DataError if one was trained on other users or items."""
    models = {name: factors.load(folder) for name, folder in folders.items()}
    for name, model in models.items():
        if model.user_ids != ids.users or model.item_ids != ids.items:
            raise DataError(
                f"{folders[name]}: trained on other users or items than data/processed has; run `dvc repro`"
            )
    return models


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
    models = read_models(folders, ids)
    user_items = processed.read_matrix(data, "X_train_binary", ids)
    seen = (user_items + processed.read_matrix(data, "X_hard_negatives", ids)).tocsr()
    test = test_matrix(read_table(data / "test.parquet"), user_items.shape)
    vectors = read_embeddings(embeddings, ids.items)
    per_user, coverage = {}, {}
    for name, score in scorers(models, user_items, vectors, settings.seed).items():
        per_user[name], coverage[name] = ranking.evaluate(score, seen, test, settings.cutoffs)
    found = with_intervals(per_user, coverage, settings)
    best = best_of(found, settings.primary)
    write_json(
        metrics,
        {
            "best": best,
            "primary": settings.primary,
            "test_users": len(per_user[best][settings.primary]),
            "models": found,
        },
    )
    for name, row in found.items():
        write_json(lines / f"{name}.json", short(row, settings.primary))
    write_text(plots, ranking_csv(found, settings.cutoffs))
    for name, row in sorted(found.items(), key=lambda pair: -pair[1][settings.primary]):
        low, high = row[f"{settings.primary}_low"], row[f"{settings.primary}_high"]
        log.info("%-12s%s %.4f  [%.4f, %.4f]", name, settings.primary, row[settings.primary], low, high)
    log.info(tracking.publish(metrics, folders, mlruns).sentence())


if __name__ == "__main__":
    enter(main)
