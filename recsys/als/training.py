"""Training als: the setting that fits the shop, the fit on all interactions, rows of cold items."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from recsys.als.params import Params
from recsys.als.presets import changed
from recsys.als.search import LOCAL, Engine, Found, search
from recsys.dataset.training_inputs import Inputs
from recsys.models import warm_start
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.cold_items import with_cold_rows
from recsys.models.model import TrainedModel
from recsys.models.params import OFF
from recsys.models.warm_start import Start

log = logging.getLogger(__name__)


def train(
    inputs: Inputs,
    params: Params,
    start: Start | None,
    checkpoints: TrainingCheckpoints,
    engine: Engine = LOCAL,
) -> TrainedModel:
    """Choose on the validation fold, fit on all interactions, fill in the rows of cold items.

    From a warm start nothing is chosen, as that model has seen the fold: it is fitted and served as
    that one (`followed`).
    """
    found = Found(params)
    if start is None:
        found = search(inputs.of_some_users(), params, engine)
    elif params.search != OFF:
        weights = start.weights or params.hybrid
        found = Found(params.model_copy(update={"hybrid": weights}))
    fit = engine.fit(found.params, inputs, checkpoints)
    model = with_cold_rows(fit.fit(inputs.known, start), fit, inputs, start)
    return replace(model.noted(search=found.note), fold=found.fold)


def followed(params: Params, own: Path, mlruns: Path, key: str) -> Params:
    """The params with what was chosen for the model of the warm start, or for the one that this
    began at, if one is named and something may be chosen; said where it is not the section.
    """
    if OFF in (params.warm_start, params.search):
        return params
    folders = [own, *warm_start.kept_models(mlruns)]
    taken = warm_start.find(params.warm_start, folders, key).manifest.notes.changes
    # what Spark has chosen is no setting of another engine
    found = changed(
        params, {name: value for name, value in taken.items() if name != "spark"}
    )
    if others := otherwise(params, found):
        log.info(
            "als warm start: as %s was fitted, %s, whatever params.yaml says; with "
            "train_als.search: off it is what that says",
            params.warm_start,
            ", ".join(f"{name} {value:g}" for name, value in others.items()),
        )
    return found


def otherwise(section: Params, fitted: Params) -> dict[str, Any]:
    """What is fitted otherwise than the section says, but for the hybrid weights."""
    old, new = section.model_dump(), fitted.model_dump()
    return {
        name: new[name] for name in new if new[name] != old[name] and name != "hybrid"
    }
