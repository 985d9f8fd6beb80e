"""What an evaluation says: metrics of every model with intervals, the best model, and the table of
`dvc plots`.
"""

import re
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator

from recsys.program.params import Section
from recsys.ranking import metrics as ranking
from recsys.statistics import bootstrap

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
            raise ValueError(
                f"must be one of {', '.join(ranking.USER_METRICS)} with a cutoff, e.g. recall_at_10"
            )
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
            raise ValueError(
                f"primary {self.primary!r} has a cutoff that is not in cutoffs {self.cutoffs}"
            )


def with_intervals(
    per_user: dict[str, dict[str, np.ndarray]],
    coverage: dict[str, dict[str, float]],
    params: Params,
) -> dict[str, dict[str, float]]:
    """Mean of each metric with its 95 % interval; of the headline metrics also the difference from
    popularity.
    """
    metrics = list(next(iter(per_user.values())))
    values = np.column_stack([per_user[name][metric] for name in per_user for metric in metrics])
    means = bootstrap.resampled_means(values, params.bootstrap_samples, params.seed)
    low, high = bootstrap.interval(means)
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
            ours, theirs = (
                start + metrics.index(metric) for start in (at * len(metrics), popularity)
            )
            ends = bootstrap.interval(means[:, [ours]] - means[:, [theirs]])
            difference = values[:, ours] - values[:, theirs]
            found[name] |= _triple(f"{metric}_over_popularity", difference, ends[0][0], ends[1][0])
    return {
        name: {key: round(value, 6) for key, value in row.items()} for name, row in found.items()
    }


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
    """The metrics of a model that fit a line: the primary one with its interval, ndcg and coverage
    at its cutoff.
    """
    cutoff = primary.partition("_at_")[2]
    return {
        name: row[name]
        for name in (
            primary,
            f"{primary}_low",
            f"{primary}_high",
            f"ndcg_at_{cutoff}",
            f"coverage_at_{cutoff}",
        )
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
