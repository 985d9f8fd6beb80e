"""The rule by which new users are folded in, as JSON: its name and its settings."""

from dataclasses import asdict, fields
from typing import Any

import numpy as np

from recsys.models.fold_in import Cosines, FoldIn, LeastSquares, Pairwise

RULES = {
    "least_squares": LeastSquares,
    "pairwise": Pairwise,
    "cosines": Cosines,
}


def rule_of(new_user: FoldIn | None) -> dict[str, Any]:
    """The rule for new users as JSON: its name and settings; {} if there is none."""
    names = {kind: name for name, kind in RULES.items()}
    return {"rule": names[type(new_user)], **asdict(new_user)} if new_user else {}


def rule_from(rule: dict[str, Any]) -> FoldIn | None:
    """The inverse of `rule_of`.

    ValueError, TypeError, KeyError or OverflowError if it is no such rule.
    """
    if not rule:
        return None
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
