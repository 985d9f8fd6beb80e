"""The rule by which new users are folded in, as JSON: its name and its settings."""

from dataclasses import asdict, fields
from typing import Any

import numpy as np

from recsys.models.blended import Blended, NewUser, Part
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_in import CountedLeastSquares, FoldIn, LeastSquares
from recsys.models.pairwise_fold import Pairwise

RULES = {
    "least_squares": LeastSquares,
    "counted_least_squares": CountedLeastSquares,
    "pairwise": Pairwise,
    "cosines": Cosines,
}
BLENDED = "blended"  # the name of the rule that has others as parts


def rule_of(new_user: NewUser | None) -> dict[str, Any]:
    """The rule for new users as JSON: its name and settings; {} if there is none."""
    if new_user is None:
        return {}
    if isinstance(new_user, Blended):
        return {"rule": BLENDED, "parts": [_of_part(part) for part in new_user.parts]}
    names = {kind: name for name, kind in RULES.items()}
    return {"rule": names[type(new_user)], **asdict(new_user)}


def _of_part(part: Part) -> dict[str, Any]:
    settings = {"width": part.width, "weight": part.weight, "scale": part.scale}
    return {"rule": rule_of(part.rule), **settings}


def rule_from(rule: dict[str, Any]) -> NewUser | None:
    """The inverse of `rule_of`.

    ValueError, TypeError, KeyError or OverflowError if it is no such rule.
    """
    if not rule:
        return None
    if rule["rule"] != BLENDED:
        return _single(rule)
    parts = tuple(_part(each) for each in rule["parts"])
    if not parts:
        raise ValueError("new_user: a blend without parts")
    return Blended(parts)


def _part(told: dict[str, Any]) -> Part:
    width = told.get("width")
    if type(width) is not int or width < 1:
        raise ValueError(f"new_user: width is {width!r}")
    weight, scale = (_positive(told, name) for name in ("weight", "scale"))
    return Part(_single(told["rule"]), width, weight, scale)


def _positive(told: dict[str, Any], name: str) -> float:
    value = told.get(name)
    if not isinstance(value, int | float) or not 0 < float(value) < np.inf:
        raise ValueError(f"new_user: {name} is {value!r}")
    return float(value)


def _single(rule: dict[str, Any]) -> FoldIn:
    settings = {name: value for name, value in rule.items() if name != "rule"}
    kind = RULES[rule["rule"]]
    for field in fields(kind):
        value = settings.get(field.name)
        if (
            value is None
            or type(value) not in (int, field.type)
            or not 0 <= float(value) < np.inf
        ):
            raise ValueError(f"new_user: {field.name} is {value!r}")
    new_user: FoldIn = kind(**settings)
    return new_user
