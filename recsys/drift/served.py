"""The one measure that is a loss: what the served lists were worth for later purchases.

reads   FOLDER/served.json      a line a hearing of the court (ops/deploy/hear.py writes it)

All other measures say that the shop has moved; this says what it costs. The trend is a line through
the hearings, each as heavy as its error is small, with the t test of its slope.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from scipy import special

from recsys.files.atomic import read_json
from recsys.program.errors import DataError

FILE = "served.json"
FEWEST = 3  # hearings of a trend
MONTH = timedelta(days=30)


class Hearing(BaseModel):
    """A metric of the users who bought something between two moments, in the mean."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    since: str  # ISO 8601, UTC
    until: str
    metric: str
    users: int
    model_id: str  # what was in production
    mean: float
    error: float  # standard error of the mean
    popularity: float  # the same of the popular products


ALL = TypeAdapter(list[Hearing])


def read(folder: Path) -> list[Hearing]:
    """The hearings, oldest first; none without a file. DataError if it is torn."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        return ALL.validate_python(read_json(path))
    except ValidationError:
        raise DataError(
            f"{path}: not what the court writes; delete it, and `python runner.py run court` "
            "writes it again"
        ) from None


def summary(hearings: Sequence[Hearing], drifted_since: str | None) -> dict[str, Any]:
    """The hearings, their trend, and what drift has cost, as plain values.

    The cost is how far the mean of the hearings after `drifted_since` (ISO 8601) is below that of
    those before; None without both. Hearings of another metric than the newest one are left out.
    """
    same = [one for one in hearings if one.metric == hearings[-1].metric]
    return {
        "metric": same[-1].metric if same else None,
        "hearings": [one.model_dump() for one in same],
        "trend": trend(same),
        "cost": cost(same, drifted_since),
    }


def trend(hearings: Sequence[Hearing]) -> dict[str, float] | None:
    """How much the metric changes in 30 days, its standard error, and p of "it does not"; None of
    fewer than three hearings.
    """
    if len(hearings) < FEWEST:
        return None
    x = np.array([_moment(one.until).timestamp() for one in hearings])
    x = (x - x.mean()) / MONTH.total_seconds()
    y = np.array([one.mean for one in hearings])
    weight = _weights(hearings)
    middle = (weight * x).sum() / weight.sum()
    spread = float((weight * (x - middle) ** 2).sum())
    if not spread:
        return None
    slope = float((weight * (x - middle) * y).sum() / spread)
    rest = y - (weight * y).sum() / weight.sum() - slope * (x - middle)
    freedom = len(y) - 2
    # no closer to a line than their own errors let them be
    scale = max(1.0, float((weight * rest**2).sum()) / freedom)
    error = float(np.sqrt(scale / spread))
    p = float(2 * special.stdtr(freedom, -abs(slope) / error))
    return {"a_month": round(slope, 6), "error": round(error, 6), "p": round(p, 6)}


def cost(hearings: Sequence[Hearing], since: str | None) -> dict[str, float] | None:
    """The mean before a moment, after it, and the difference with its standard error."""
    if since is None:
        return None
    sides: tuple[list[Hearing], list[Hearing]] = ([], [])
    for one in hearings:
        sides[_moment(one.until) > _moment(since)].append(one)
    if not all(sides):
        return None
    means, errors = [], []
    for side in sides:
        weight = _weights(side)
        means.append(float((weight * [one.mean for one in side]).sum() / weight.sum()))
        errors.append(float(1 / np.sqrt(weight.sum())))
    return {
        "before": round(means[0], 6),
        "after": round(means[1], 6),
        "lost": round(means[0] - means[1], 6),
        "error": round(float(np.hypot(errors[0], errors[1])), 6),
    }


def _weights(hearings: Sequence[Hearing]) -> np.ndarray:
    return np.array([1 / max(one.error, 1e-6) ** 2 for one in hearings])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
