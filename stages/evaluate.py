"""Evaluate the models and the baselines on the test interactions, log them in MLflow, register the better model.

reads   models/als, models/bpr      factors
        processed                   matrices, test.parquet, id maps
        embeddings/items.npz        for the hybrid score and the content baseline
writes  metrics/evaluate.json       {"best": name, "models": {name: {metric: value, metric_low, metric_high}}}
        metrics/models/<name>.json  the few that fit a line of `dvc metrics show`
        plots/ranking.csv           model, k and every metric, for `dvc plots`
and, outside of DVC, runs and a registered version in MLflow (recsys/tracking.py), the same ones however often it runs.

Ranking is over all unseen items (recsys/ranking.py); intervals are of the mean over users (recsys/intervals.py).
`als` and `bpr` are the models as they serve, by the hybrid score (recsys/hybrid.py) with the weights of their params;
`als_factors` and `bpr_factors` are the same without it. newcomer_<metric> of a model: some of the same users, as if
nothing but one positive was known of each (recsys/newcomers.py).
"""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator
from scipy.sparse import csr_matrix

from recsys import baselines, factors, hybrid, intervals, newcomers, processed, ranking, tracking
from recsys.artifacts import sha256_of, write_json, write_text
from recsys.door import PARAMS_FILE, enter
from recsys.embeddings import load_embeddings
from recsys.errors import DataError
from recsys.params import Section, load
from recsys.validation import Interactions, read_interactions, read_pairs, some_users

log = logging.getLogger("evaluate")

Cutoff = Annotated[int, Field(ge=1, le=1000)]

MODELS = ("als", "bpr")  # those that may be registered; the others are baselines


class Params(Section):
    cutoffs: list[Cutoff] = Field(min_length=1)
    primary: str
    bootstrap_samples: int = Field(ge=100, le=100_000)
    newcomers: int = Field(ge=1)  # at most so many test users, for the newcomer metrics
    seed: int = Field(ge=0)

    @field_validator("primary")
    @classmethod
    def _known(cls, value: str) -> str:
        name, _, cutoff = value.partition("_at_")
        if name not in ranking.USER_METRICS or not re.fullmatch(r"[1-9][0-9]*", cutoff):
            raise ValueError(f"must be one of {', '.join(ranking.USER_METRICS)} with a cutoff, e.g. recall_at_10")
        return value

    @property
    def cutoff(self) -> int:
        """That of the primary metric."""
        return int(self.primary.partition("_at_")[2])

    @property
    def headline(self) -> tuple[str, ...]:
        """The primary metric, and ndcg at its cutoff."""
        return tuple(dict.fromkeys((self.primary, f"ndcg_at_{self.cutoff}")))

    def model_post_init(self, _context: object) -> None:
        if len(set(self.cutoffs)) < len(self.cutoffs):
            raise ValueError(f"a cutoff stands twice in {self.cutoffs}")
        if self.cutoff not in self.cutoffs:
            raise ValueError(f"primary {self.primary!r} has a cutoff that is not in cutoffs {self.cutoffs}")


@dataclass(frozen=True)
class Model:
    """A trained model and how it ranks."""

    factors: factors.Factors
    weights: hybrid.Weights


def scorers(
    models: dict[str, Model], user_items: csr_matrix, vectors: np.ndarray, seed: int
) -> dict[str, ranking.Scorer]:
    """How each model, with and without the hybrid score, and each baseline scores all items for some users."""
    return {
        **{name: hybrid.scorer(one.factors.score, user_items, vectors, one.weights) for name, one in models.items()},
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
    chosen = latest + csr_matrix((ones, (rows, known.confidence.indices[first])), shape=latest.shape)
    return known.confidence.multiply(chosen != 0).tocsr()


def newcomer_scorer(model: Model, known: Interactions, one: csr_matrix, vectors: np.ndarray) -> ranking.Scorer:
    """How the model scores users of whom nothing but the positive in `one` (users, items) is known."""
    popularity = hybrid.log_popularity(known.binary)
    nothing = csr_matrix(one.shape, dtype=np.float32)
    return lambda users: newcomers.scores(model.factors, one[users], nothing[users], vectors, popularity, model.weights)


def with_intervals(
    per_user: dict[str, dict[str, np.ndarray]], coverage: dict[str, dict[str, float]], params: Params
) -> dict[str, dict[str, float]]:
    """Mean of each metric with its 95 % interval; of the headline metrics also the difference from popularity."""
    metrics = list(next(iter(per_user.values())))
    values = np.column_stack([per_user[name][metric] for name in per_user for metric in metrics])
    means = intervals.resampled_means(values, params.bootstrap_samples, params.seed)
    low, high = intervals.interval(means)
    found: dict[str, dict[str, float]] = {}
    for at, name in enumerate(per_user):
        row = found[name] = {}
        for offset, metric in enumerate(metrics):
            column = at * len(metrics) + offset
            row |= _triple(metric, values[:, column], low[column], high[column])
        row |= coverage[name]
    popularity = list(per_user).index("popularity") * len(metrics)
    for at, name in enumerate(per_user):
        for metric in params.headline if name != "popularity" else ():
            ours, theirs = (start + metrics.index(metric) for start in (at * len(metrics), popularity))
            ends = intervals.interval(means[:, [ours]] - means[:, [theirs]])
            difference = values[:, ours] - values[:, theirs]
            found[name] |= _triple(f"{metric}_over_popularity", difference, ends[0][0], ends[1][0])
    return {name: {key: round(value, 6) for key, value in row.items()} for name, row in found.items()}


def _triple(name: str, values: np.ndarray, low: float, high: float) -> dict[str, float]:
    """The mean and the ends of its interval, by name."""
    return {name: float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}


def newcomer_metrics(per_user: dict[str, np.ndarray], params: Params) -> dict[str, float]:
    """newcomer_<metric> of the headline metrics, with intervals."""
    found = with_intervals({"popularity": per_user}, {"popularity": {}}, params)["popularity"]
    wanted = [name + end for name in params.headline for end in ("", "_low", "_high")]
    return {f"newcomer_{name}": found[name] for name in wanted}


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


def read_models(folders: dict[str, Path], ids: processed.Ids, embeddings: Path) -> dict[str, Model]:
    """The trained models. DataError if one was trained on other users, items or embeddings."""
    models = {}
    for name, folder in folders.items():
        model, manifest = factors.load(folder), factors.load_manifest(folder)
        if model.user_ids != ids.users or model.item_ids != ids.items:
            raise DataError(f"{folder}: trained on other users or items than data/processed has; run `dvc repro`")
        notes = manifest.get("notes")
        space = notes.get("embedding_space") if isinstance(notes, dict) else None
        load_embeddings(embeddings, ids.items).require(str(space), str(folder))
        if manifest.get("inputs", {}).get(embeddings.name) != sha256_of(embeddings):
            raise DataError(f"{folder}: trained with other embeddings than {embeddings} has; run `dvc repro`")
        if model.new_user is None:
            raise DataError(f"{folder / 'manifest.json'}: does not say how new users are folded in; run `dvc repro`")
        try:
            models[name] = Model(model, hybrid.Weights.model_validate(manifest["params"]["hybrid"]))
        except (KeyError, TypeError, ValueError):
            raise DataError(f"{folder / 'manifest.json'}: no weights of the hybrid score; run `dvc repro`") from None
    return models


def measure(
    models: dict[str, Model], data: Path, ids: processed.Ids, vectors: np.ndarray, params: Params
) -> tuple[dict[str, dict[str, float]], int]:
    """Every metric of every model and baseline on the test interactions, with intervals; and the number of users."""
    known = read_interactions(data, ids)
    test = read_pairs(data / "test.parquet", known.binary.shape)
    if not test.nnz:
        raise DataError(f"{data / 'test.parquet'}: no test interactions to measure by; run `dvc repro process`")
    one = one_positive(known, read_pairs(data / "validation.parquet", known.binary.shape))
    test_users = int((np.diff(test.indptr) > 0).sum())
    rankers = scorers(models, known.binary, vectors, params.seed)
    per_user, coverage = {}, {}
    for name, score in rankers.items():
        per_user[name], coverage[name] = ranking.evaluate(score, known.seen, test, params.cutoffs)
    found, some = with_intervals(per_user, coverage, params), some_users(test, params.newcomers)
    for name, model in models.items():
        measured, _ = ranking.evaluate(newcomer_scorer(model, known, one, vectors), known.seen, some, [params.cutoff])
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
        log.info("%-12s%s %.4f  [%.4f, %.4f]", name, settings.primary, row[settings.primary], low, high)
    log.info(tracking.publish(metrics, folders, mlruns).sentence())


if __name__ == "__main__":
    enter(main)
