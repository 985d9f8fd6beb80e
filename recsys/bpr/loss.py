"""Which loss fits the shop: pairs (BPR) or sampled softmax, by the validation fold.

BPR is the prior, and softmax is tried only where histories are long enough for it
(`train_bpr.softmax.min_positives`). BPR is left only for a lead of more than one standard error of
the difference in ndcg_at_10, paired by user: what is in doubt stays as it is.
"""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys.bpr.params import Params
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import entries_per_row
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.choice import Lead, lead
from recsys.models.model import Trained
from recsys.softmax import params as softmax
from recsys.softmax.params import AUTO
from recsys.softmax.temperature import (
    MEASURE,
    USUAL,
    Searched,
    fold_of,
    search,
)

log = logging.getLogger(__name__)

BPR, SOFTMAX = "bpr", "softmax"


@dataclass(frozen=True)
class Verdict:
    """Whether softmax is taken, and with what."""

    takes_softmax: bool
    temperature: float
    fold: Trained | None  # softmax without the fold
    note: dict[str, Any]  # for the manifest


def judge(
    pairs: Trained | None,
    inputs: Inputs,
    params: Params,
    checkpoints: TrainingCheckpoints | None = None,
) -> Verdict:
    """Softmax against `pairs`, BPR's fit without the fold; without one it is softmax in any case.

    One line in the log says what was tried and what is taken.
    """
    if not inputs.held_out.nnz:
        return _without_fold(pairs, params)
    fold = fold_of(inputs.known, inputs.held_out)
    theirs = fold.found(pairs) if pairs else None
    found = search(fold, params.softmax, params.seed, checkpoints, theirs)
    ahead = lead(found.found, theirs) if theirs is not None else None
    takes = ahead is None or ahead.is_sure
    note = _note(takes, found, theirs, ahead)
    log.info("%s", _sentence(note))
    return Verdict(takes, found.temperature, found.fold, note)


def not_tried(known: Interactions, params: softmax.Params) -> dict[str, Any] | None:
    """The note of a shop whose histories are too short for softmax; None where it is tried.

    Its short fits take longer than those of BPR, and where users have few positives they lose.
    """
    positives = entries_per_row(known.binary)
    mean = float(positives[positives > 0].mean()) if positives.any() else 0.0
    if mean >= params.min_positives:
        return None
    log.info(
        "loss %s: softmax is not tried, as users have %.1f positives and not %g "
        "(train_bpr.softmax.min_positives)",
        *(BPR, mean, params.min_positives),
    )
    return {"taken": BPR, "positives_per_user": round(mean, 6)}


def _without_fold(pairs: Trained | None, params: Params) -> Verdict:
    """The prior, and the usual temperature: there is nothing to choose by."""
    stated = params.softmax.temperature
    temperature = USUAL if stated == AUTO else stated
    taken = BPR if pairs else SOFTMAX
    log.warning("no validation positives to choose a loss by: %s", taken)
    return Verdict(pairs is None, temperature, None, {"taken": taken})


def _note(
    takes: bool, found: Searched, theirs: np.ndarray | None, ahead: Lead | None
) -> dict[str, Any]:
    note = {
        "taken": SOFTMAX if takes else BPR,
        "temperature": found.temperature,
        "users": len(found.found),
        f"softmax_{MEASURE}": round(float(found.found.mean()), 6),
        "softmax_tried": found.tried,
    }
    if theirs is not None and ahead is not None:
        note[f"bpr_{MEASURE}"] = round(float(theirs.mean()), 6)
        note |= {"lead": round(ahead.mean, 6), "error": round(ahead.error, 6)}
    return note


def _sentence(note: dict[str, Any]) -> str:
    """One line for people."""
    tried = ", ".join(
        f"{one[MEASURE]:.4f} at {one['temperature']:g} ({one['epochs']} epochs)"
        for one in note["softmax_tried"]
    )
    line = f"loss {note['taken']}: {MEASURE} of {note['users']} validation users by softmax {tried}"
    if "lead" not in note:
        return line
    return (
        f"{line}; by bpr {note[f'bpr_{MEASURE}']:.4f}; softmax is ahead by {note['lead']:+.4f} "
        f"(standard error {note['error']:.4f})"
    )
