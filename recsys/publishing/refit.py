"""A model fitted once more for its release, to all that its users like by now.

Under leave-one-out the latest positive of a trained user is the test: nothing that is judged may
know it. What is served may, and should: of most users it is half of what is known, and of an item
that is new all of it. So a release has the factors of one more fit, of the setting that training
has found, as long and with the same seed, to all of it. Whoever judges goes by the model as it was
trained (recsys/serving/as_trained.py).

Where that would take long, it begins at the trained rows and takes the few rounds of a warm start;
where that would too, or if Spark has fitted the model, the release is as trained. That is said.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recsys.als.model import AlsFit
from recsys.blend.fits import fit_of
from recsys.blend.rows import side_by_side
from recsys.bpr.model import BprFit
from recsys.dataset.interactions import Interactions
from recsys.models import manifest, model_folder
from recsys.models.blended import Blended
from recsys.models.cold_items import cold_rows_filled
from recsys.models.factors import Factors
from recsys.models.fold_in import CountedLeastSquares
from recsys.models.model_folder import SavedModel
from recsys.models.params import OFF
from recsys.models.warm_start import FactorPair, Start
from recsys.program.errors import ConfigError, DataError
from recsys.softmax.model import SoftmaxFit

log = logging.getLogger(__name__)

MOST_VISITS = 200_000_000  # of positives by a fit, in all its rounds: a quarter minute


class Plan(NamedTuple):
    """How a model is fitted again."""

    fit: AlsFit | BprFit | SoftmaxFit
    start: Start | None
    used_for: Sequence[str] | None  # classes of cold items with rows from their texts


class _NotRefittedError(Exception):
    """Why it is not."""


def refitted(
    model: SavedModel,
    known: Interactions,
    vectors: np.ndarray,
    folders: Sequence[Path],
) -> Factors | None:
    """The factors of the model fitted to `known`, of the same users and items; `vectors` (items, d)
    float32 are the embeddings, `folders` are looked through for the models of a blend.

    None if it is not fitted again; the log says why.
    """
    try:
        pair = _pair(model, known, vectors, folders)
    except _NotRefittedError as why:
        log.warning(
            "%s is served as it was trained, not fitted again to what was bought since: %s",
            *(model.manifest.model_id, why),
        )
        return None
    return replace(model.factors, user_factors=pair[0], item_factors=pair[1])


def _pair(
    model: SavedModel,
    known: Interactions,
    vectors: np.ndarray,
    folders: Sequence[Path],
) -> FactorPair:
    rule = model.factors.new_user
    if not isinstance(rule, Blended):
        return _fitted(_plan(model, known, vectors), known)
    plans = [
        _plan(_part(model, name, folders), known, vectors) for name in ("als", "bpr")
    ]
    laid = side_by_side(
        [_fitted(plan, known) for plan in plans],
        [part.weight for part in rule.parts],
        [part.scale for part in rule.parts],
    )
    return laid.user_factors, laid.item_factors


def _part(blend: SavedModel, name: str, folders: Sequence[Path]) -> SavedModel:
    """One of the models that a blend was made of."""
    model_id = blend.manifest.params.get(name)
    for folder in folders:
        try:
            if manifest.read(folder).model_id == model_id:
                return model_folder.load(folder)
        except (DataError, OSError):  # none, or torn: there may be another copy
            continue
    raise _NotRefittedError(f"its part {model_id} is not here any more")


def _plan(model: SavedModel, known: Interactions, vectors: np.ndarray) -> Plan:
    found = model.manifest
    if isinstance(model.factors.new_user, CountedLeastSquares):
        raise _NotRefittedError("Spark has fitted it")
    try:
        fit = fit_of(found, vectors)
    except ValueError:
        raise _NotRefittedError("its manifest does not say how it was fitted") from None
    own = Start((model.factors.user_factors, model.factors.item_factors))
    cold = found.notes.cold_start
    used_for: Sequence[str] | None = cold.used_for() if cold else []
    is_warm = fit.params.warm_start != OFF
    for start in [own] if is_warm else [None, own]:
        one = fit
        if start and not is_warm and not isinstance(fit, AlsFit):
            epochs = min(_rounds(fit, None), int(found.params["warm_epochs"]))
            one = replace(fit, epochs=epochs)
        if known.binary.nnz * _rounds(one, start) <= MOST_VISITS:
            log.info(
                "%s is fitted again for its release, to %d purchases, %d rounds from %s",
                *(found.model_id, known.binary.nnz, _rounds(one, start)),
                "the model as it was trained" if start else "the beginning",
            )
            return Plan(one, start, used_for)
    raise _NotRefittedError(
        f"it would visit more than {MOST_VISITS:,} purchases in turn"
    )


def _rounds(fit: AlsFit | BprFit | SoftmaxFit, start: Start | None) -> int:
    """How often a fit goes over all positives."""
    if isinstance(fit, AlsFit):
        return fit.params.warm_iterations if start else fit.params.iterations
    return fit.epochs


def _fitted(plan: Plan, known: Interactions) -> FactorPair:
    try:
        fit = plan.fit.fit(known, plan.start)
    except (ConfigError, DataError) as error:
        raise _NotRefittedError(str(error)) from None
    filled = cold_rows_filled(fit, plan.fit, known, plan.used_for)
    return filled.user_factors, filled.item_factors
