"""What a search for better params tries: the space of a model, and a point of it as params.

The penalty of als. What `regularization` does depends on `frequency_scaling`: a row's penalty is
regularization times mass ** frequency_scaling (recsys/als/fit.py), and mass goes into the
thousands. Searched is therefore the penalty of a typical row, one range for every
frequency_scaling, and converted: regularization = penalty / mass ** frequency_scaling with the mass
of a typical row. What is tried, and what params.yaml gets, is the converted number, rounded.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_matrix

from ops.tuning.params import AlsSpace, BprSpace, HybridGrid, Params
from recsys.als.params import Params as AlsParams
from recsys.bpr.params import Params as BprParams
from recsys.ranking.weights import Weights

DIGITS = 3  # significant ones of a number that is tried: what params.yaml gets is what was measured
RANGES = (
    "penalty",
    "alpha",
    "dislike_weight",
    "feature_regularization",
    "learning_rate",
    "regularization",
)

ModelType = Literal["als", "bpr"]
ModelParams = AlsParams | BprParams
Point = dict[str, float | int]  # a value for each key of a space

SECTIONS: dict[ModelType, type[AlsParams] | type[BprParams]] = {
    "als": AlsParams,
    "bpr": BprParams,
}


# ---- the space of a model ----
@dataclass(frozen=True)
class Choice:
    """One of these values."""

    values: tuple[float | int, ...]

    def has(self, value: float) -> bool:
        return value in self.values


@dataclass(frozen=True)
class LogRange:
    """A number between two, each order of magnitude as likely."""

    low: float
    high: float

    def has(self, value: float) -> bool:
        return self.low <= value <= self.high


Space = dict[str, Choice | LogRange]


def space(tune: Params, present: ModelParams) -> Space:
    """What is tried for a model, by key; what the solver of `present` does not use is left out."""
    stated = (
        _of_als(tune.als, present)
        if isinstance(present, AlsParams)
        else _of_bpr(tune.bpr, present)
    )
    return {
        key: LogRange(values[0], values[1]) if key in RANGES else Choice(tuple(values))
        for key, values in stated.items()
    }


def _of_als(stated: AlsSpace, present: AlsParams) -> dict[str, list[Any]]:
    unused = {
        "frequency_scaling": present.solver == "implicit",
        "dislike_weight": present.dislikes == "drop",
        "feature_regularization": not present.feature_prior,
    }
    return {
        key: values
        for key, values in stated.model_dump().items()
        if not unused.get(key)
    }


def _of_bpr(stated: BprSpace, present: BprParams) -> dict[str, list[Any]]:
    made = stated.model_dump()
    shares = made.pop("hard_negative_share")
    if present.solver == "native":
        made |= {
            f"hard_negative_share.{kind}": values for kind, values in shares.items()
        }
    return made


def triples(grid: HybridGrid) -> list[Weights]:
    """Every triple of hybrid weights, the lightest first: of equal ones the lightest is chosen."""
    made = [
        Weights(content=c, popularity=p, neighbours=n)
        for c, p, n in product(grid.content, grid.popularity, grid.neighbours)
    ]
    return sorted(made, key=lambda one: (sum(vars(one).values()), one.content))


# ---- a point of it, and params ----
def settings(point: Point, present: ModelParams, confidence: csr_matrix) -> ModelParams:
    """`present` with the values of the point, rounded to what is tried.

    `confidence` csr (users, items) is what als is fitted on: the mass of its typical row turns the
    penalty into `regularization`. Without a `penalty` in the point it is not looked at.
    """
    flat = {
        key: rounded(value) if key in RANGES else value for key, value in point.items()
    }
    tree = present.model_dump()
    if "penalty" in flat:
        scaling = flat.get("frequency_scaling", tree["frequency_scaling"])
        flat["regularization"] = rounded(
            point["penalty"] / typical_mass(confidence, flat["alpha"]) ** scaling
        )
        del flat["penalty"]
    return type(present).model_validate(merged(tree, flat))


def point_of(
    params: ModelParams, within: Space, confidence: csr_matrix
) -> Point | None:
    """The point that gives these params; None if the space does not hold it."""
    flat = flattened(params.model_dump())
    if isinstance(params, AlsParams):
        mass = typical_mass(confidence, params.alpha)
        flat["penalty"] = params.regularization * mass**params.frequency_scaling
    found = {key: flat[key] for key in within}
    return (
        found if all(within[key].has(value) for key, value in found.items()) else None
    )


def typical_mass(confidence: csr_matrix, alpha: float) -> float:
    """Geometric mean of alpha times the sum of a row plus its length, over users and items with a
    positive.
    """
    users, items = confidence.shape
    by_user, by_item = confidence @ np.ones(items), confidence.T @ np.ones(users)
    mass = [alpha * by_user[by_user > 0] + items, alpha * by_item[by_item > 0] + users]
    return float(np.exp(np.log(np.concatenate(mass)).mean()))


def rounded(value: float) -> float:
    """To DIGITS significant digits."""
    return float(f"{value:.{DIGITS - 1}e}")


def flattened(tree: dict[str, Any]) -> dict[str, Any]:
    """A tree of dicts as one dict, its keys joined by dots."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        inner = flattened(value) if isinstance(value, dict) else {"": value}
        flat |= {f"{key}.{rest}".rstrip("."): leaf for rest, leaf in inner.items()}
    return flat


def merged(tree: dict[str, Any], flat: dict[str, Any]) -> dict[str, Any]:
    """A copy of the tree with the values of `flat`, whose keys are joined by dots."""
    made = {
        key: merged(value, {}) if isinstance(value, dict) else value
        for key, value in tree.items()
    }
    for key, value in flat.items():
        *way, last = key.split(".")
        place = made
        for part in way:
            place = place[part]
        place[last] = value
    return made


def changes(before: ModelParams, after: ModelParams) -> dict[str, Any]:
    """What `after` has otherwise than `before`, its keys joined by dots, in the order of the
    section.
    """
    old, new = flattened(before.model_dump()), flattened(after.model_dump())
    return {key: value for key, value in new.items() if old[key] != value}
