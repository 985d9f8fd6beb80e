"""Metrics of every model with intervals, and the difference from popularity; which model is best.

Intervals are of the mean over users (recsys/statistics/bootstrap.py). What comes of it stands in
metrics/evaluate.json (recsys/ranking/evaluation_file.py) and in the table of `dvc plots`.
"""

import re
from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator, model_validator

from recsys.program.params import Section
from recsys.ranking.metrics import USER_METRICS
from recsys.ranking.model_names import BASELINE, BLEND, MODELS
from recsys.statistics.bootstrap import MeanInterval, resample

Cutoff = Annotated[int, Field(ge=1, le=1000)]


class Params(Section):
    """Section `evaluate` of params.yaml."""

    cutoffs: list[Cutoff] = Field(min_length=1)
    primary: str
    bootstrap_samples: int = Field(ge=100, le=100_000)
    users: int = Field(ge=1)  # at most so many test users are measured
    cells: int = Field(ge=1)  # at most so many users x items are ranked
    newcomers: int = Field(ge=1)  # at most so many of them, for the newcomer metrics
    seed: int = Field(ge=0)

    @field_validator("primary")
    @classmethod
    def _check_that_primary_is_a_metric(cls, value: str) -> str:
        name, _, cutoff = value.partition("_at_")
        if name not in USER_METRICS or not re.fullmatch(r"[1-9][0-9]*", cutoff):
            known = ", ".join(USER_METRICS)
            raise ValueError(f"must be one of {known} with a cutoff, e.g. recall_at_10")
        return value

    @model_validator(mode="after")
    def _check_the_cutoffs(self) -> "Params":
        if len(set(self.cutoffs)) < len(self.cutoffs):
            raise ValueError(f"a cutoff stands twice in {self.cutoffs}")
        if self.cutoff not in self.cutoffs:
            raise ValueError(
                f"primary {self.primary!r} has a cutoff that is not in cutoffs {self.cutoffs}"
            )
        return self

    def users_of(self, items: int) -> int:
        """How many test users are measured at most in a shop of so many items, one at least."""
        return max(1, min(self.users, self.cells // max(items, 1)))

    @property
    def cutoff(self) -> int:
        """That of the primary metric."""
        return int(self.primary.partition("_at_")[2])

    @property
    def headline(self) -> tuple[str, ...]:
        """The primary metric, and ndcg at its cutoff."""
        return tuple(dict.fromkeys((self.primary, f"ndcg_at_{self.cutoff}")))


def with_intervals(
    per_user: dict[str, dict[str, np.ndarray]],
    coverage: dict[str, dict[str, float]],
    params: Params,
) -> dict[str, dict[str, float]]:
    """The mean of each metric with its 95 % interval, by model; and the coverage as it is given.

    `per_user` has each model's metrics of the same users, (users,) float64 each; popularity is
    among the models. The headline metrics of the others have <metric>_over_popularity too: the
    paired difference, with its interval.
    """
    columns = {
        (model, metric): values
        for model, metrics in per_user.items()
        for metric, values in metrics.items()
    }
    resampled = resample(columns, params.bootstrap_samples, params.seed)
    rows: dict[str, dict[str, float]] = {}
    for model, metrics in per_user.items():
        row: dict[str, float] = {}
        for metric in metrics:
            row |= named(metric, resampled[model, metric].interval())
        row |= rounded(coverage[model])
        for metric in params.headline if model != BASELINE else ():
            difference = resampled[model, metric].minus(resampled[BASELINE, metric])
            row |= named(f"{metric}_over_{BASELINE}", difference.interval())
        rows[model] = row
    return rows


def newcomer_metrics(
    per_user: dict[str, np.ndarray], params: Params
) -> dict[str, float]:
    """newcomer_<metric> of the headline metrics, with intervals.

    `per_user` has the metrics of some users as if they were new, (users,) float64 each.
    """
    resampled = resample(per_user, params.bootstrap_samples, params.seed)
    row: dict[str, float] = {}
    for metric in params.headline:
        row |= named(f"newcomer_{metric}", resampled[metric].interval())
    return row


def named(metric: str, interval: MeanInterval) -> dict[str, float]:
    """The mean as <metric>, the ends of its interval as <metric>_low and <metric>_high."""
    low, high = f"{metric}_low", f"{metric}_high"
    return rounded({metric: interval.mean, low: interval.low, high: interval.high})


def rounded(row: dict[str, float]) -> dict[str, float]:
    """The values to six decimals, as they stand in files."""
    return {metric: round(value, 6) for metric, value in row.items()}


def best_of(
    models: dict[str, dict[str, float]],
    primary: str,
    by_fold: Mapping[str, float | None],
) -> str:
    """The best model by the validation fold, so that the test sees one challenger only; the first
    of MODELS at a tie. A blend is offered only where it leads by the fold, so it is the best.

    `by_fold` has the figure of each model, None where its training has chosen nothing by the fold:
    then it is the one with the highest primary metric of the test.
    """
    if BLEND in models:
        return BLEND
    names = [name for name in MODELS if name in models]
    known = {name: by_fold.get(name) for name in names}
    figures = {name: value for name, value in known.items() if value is not None}
    if len(figures) < len(names):
        figures = {name: models[name][primary] for name in names}
    return max(names, key=lambda name: figures[name])


def headline_row(row: dict[str, float], primary: str) -> dict[str, float]:
    """The metrics of a model that fit a line of `dvc metrics show`.

    The primary metric with its interval, and ndcg and coverage at its cutoff.
    """
    cutoff = primary.partition("_at_")[2]
    interval = (primary, f"{primary}_low", f"{primary}_high")
    others = (f"ndcg_at_{cutoff}", f"coverage_at_{cutoff}")
    return {name: row[name] for name in (*interval, *others)}


def ranking_csv(models: dict[str, dict[str, float]], cutoffs: list[int]) -> str:
    """CSV text: a line a model and cutoff, a column a metric."""
    metrics = (*USER_METRICS, "coverage")
    lines = [f"model,k,{','.join(metrics)}"]
    for name, row in models.items():
        for k in cutoffs:
            cells = [str(row[f"{metric}_at_{k}"]) for metric in metrics]
            lines.append(f"{name},{k},{','.join(cells)}")
    return "\n".join([*lines, ""])
