"""How far metrics move by the seed of a training alone: a row a training, and what they spread.

state/seeds.json    rows (model, seed, metrics), written by ops/seeds.py
"""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

from recsys.program.errors import DataError

FILE = "seeds.json"


class Fit(NamedTuple):
    """A training with a seed, and its means over the test users."""

    model: str  # als or bpr
    seed: int
    metrics: dict[str, float]


class Spread(NamedTuple):
    """A metric of a model over trainings that differ by the seed alone."""

    model: str
    metric: str
    fits: int
    mean: float
    deviation: float  # standard deviation over seeds
    low: float
    high: float


def spreads(fits: Sequence[Fit]) -> list[Spread]:
    """Each metric of each model over its seeds, in the order of the fits."""
    found = []
    for model in dict.fromkeys(fit.model for fit in fits):
        own = [fit.metrics for fit in fits if fit.model == model]
        for metric in own[0]:
            values = [each[metric] for each in own]
            deviation = stdev(values) if len(values) > 1 else 0.0
            ends = min(values), max(values)
            found.append(
                Spread(model, metric, len(values), mean(values), deviation, *ends)
            )
    return found


def read(path: Path) -> list[Fit]:
    """The fits of an earlier run; none where there was none. DataError if the file is torn."""
    try:
        return [Fit(*row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError):
        raise DataError(
            f"{path}: torn; delete it, `python runner.py seeds` makes it again"
        ) from None
