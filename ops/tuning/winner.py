"""Which trial is worth writing into params.yaml: one that is ahead by more than luck.

It is compared with what training makes of the present params by itself, on the same fold: hybrid
weights of its own, and presets of ALS (`search`). What training finds anyway is no gain, and a new
recipe costs one of the year's tries of the gate.

Of many settings that are equally good one looks best on the fold. So the best trial must be ahead,
paired by user, by more standard errors than the luckiest of as many equal ones would be, and by one
at least.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy import special

from ops.tuning import space, study
from ops.tuning.study import Done, Result
from ops.tuning.task import Task
from recsys.models.choice import Lead, lead
from recsys.models.params import OFF
from recsys.ranking import places


class Winner(NamedTuple):
    """The best trial, and whether it is ahead of what training makes of the present params."""

    trial: Done
    lead: Lead
    needed: float  # so many standard errors

    @property
    def is_ahead(self) -> bool:
        """Whether luck does not explain the lead."""
        return self.lead.is_above(self.needed)


def winner(task: Task, result: Result) -> Winner:
    """The best trial beside what training makes of the present params."""
    first = study.best(result, 1)[0]
    metric = task.tune.objective
    ours, theirs = (
        places.gains(found, metric)
        for found in (first.places, as_trained(task, result))
    )
    return Winner(first, lead(ours, theirs), luck(len(result.done)))


def changes(task: Task, found: Winner) -> dict[str, Any]:
    """What it would change in its section, keys joined by dots; nothing if it is not ahead."""
    if not found.is_ahead:
        return {}
    return space.changes(task.present, study.params_of(task, found.trial))


def as_trained(task: Task, result: Result) -> np.ndarray:
    """Places (users,) uint8 by what training makes of the present params: as they are, but for a
    lead of more than one standard error of what it tries by itself.
    """
    if task.present.search == OFF:
        return result.present
    tried = [one for one in result.done if task.is_own(one.settings)]
    best = max(tried, key=lambda one: one.value, default=None)
    if best is None:
        return result.present
    metric = task.tune.objective
    ahead = lead(*(places.gains(one, metric) for one in (best.places, result.present)))
    return best.places if ahead.is_sure else result.present


def luck(trials: int) -> float:
    """By how many standard errors the luckiest of so many equal trials is ahead on average, 1 at
    least. Blom (1958), Statistical Estimates and Transformed Beta-Variables.
    """
    return max(1.0, float(special.ndtri((trials - 0.375) / (trials + 0.25))))
