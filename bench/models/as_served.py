"""Our models as their stages train them, and the one of them that the shop would be served."""

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.blends import keep, trained
from bench.models.comparison import per_user
from bench.models.new_places import served
from recsys.blend.params import Params as BlendParams
from recsys.blend.training import Trained, judged, made
from recsys.dataset.training_inputs import Inputs
from recsys.models.manifest import Notes
from recsys.models.model import TrainedModel
from recsys.models.params import OFF
from recsys.program.params import load
from recsys.ranking.evaluation import best_of
from recsys.ranking.model_names import BLEND

SERVED = "served"


class Ours(NamedTuple):
    """A model with one seed: METRICS of each test user, (users, metrics) float64."""

    as_served: np.ndarray  # with hybrid weights and places for new items
    by_factors: np.ndarray
    told: str  # what was chosen for the shop
    fits: int  # on the validation fold
    seconds: float  # of CPU, choice and fit


def with_seed(
    inputs: Inputs, test: csr_matrix, params: Path, seed: int
) -> dict[str, Ours]:
    """als, bpr and, as SERVED, what the validation fold says is to be served: one of these or the
    blend. The test (users, items) is read when all is chosen.
    """
    models, seconds = {}, {}
    with tempfile.TemporaryDirectory() as name:
        folders = {label: Path(name) / label for label in ("als", "bpr")}
        for label, out in folders.items():
            begin = time.process_time()
            models[label] = trained(label, inputs, params, seed, out)
            seconds[label] = time.process_time() - begin
            keep(inputs, models[label], label, params, out)
        begin = time.process_time()
        blend = _blend(inputs, folders, params)
        seconds[BLEND] = sum(seconds.values()) + time.process_time() - begin
    if blend:
        models[BLEND] = blend
    taken = best_of(
        {label: {} for label in models},
        "",
        {label: model.notes.validation_ndcg for label, model in models.items()},
    )
    found = {
        label: _measured(label, model, inputs, test, seconds[label])
        for label, model in models.items()
    }
    best = found[taken]
    is_blend = BLEND in found
    fits = sum(found[label].fits for label in folders) + 2 * is_blend
    told = f"{taken}: {best.told}"
    whole = best._replace(told=told, fits=fits, seconds=seconds[BLEND])
    return {label: found[label] for label in folders} | {SERVED: whole}


def _blend(
    inputs: Inputs, folders: dict[str, Path], params: Path
) -> TrainedModel | None:
    """The blend where it is offered."""
    section = load(BlendParams, "blend", params)
    if section.mode == OFF:
        return None
    als, bpr = (Trained.read(out, inputs) for out in folders.values())
    found = judged(inputs, (als, bpr), section)
    if found is None or not found.verdict.offered:
        return None
    return made((als, bpr), found)


def _measured(
    label: str, model: TrainedModel, inputs: Inputs, test: csr_matrix, seconds: float
) -> Ours:
    return Ours(
        served(model, inputs, test),
        per_user(model.factors.score, inputs.known.seen, test),
        told_of(label, model.notes),
        fits_of(label, model.notes),
        seconds,
    )


def told_of(label: str, notes: Notes) -> str:
    """The setting, the hybrid weights (content/popularity/neighbours) and the kept places."""
    taken = notes.search.taken if notes.search else "params.yaml"
    if label == "bpr" and notes.loss:
        taken = str(notes.loss["taken"])
    weights = "/".join(f"{value:g}" for value in (notes.served or {}).values())
    places = notes.new_items.places if notes.new_items else 0
    return f"{taken} {weights}" + (f", {places} new" if places else "")


def fits_of(label: str, notes: Notes) -> int:
    """How many fits on the fold the choice was made by, hybrid weights not counted: of als the
    settings, and each with another seed, at most; of bpr the pairs and the temperatures.
    """
    if label == "bpr":
        return 1 + len((notes.loss or {}).get("softmax_tried", ()))
    if notes.search is None:
        return 0
    again = len(notes.search.leads_again)
    return len(notes.search.settings) + (again + 1 if again else 0)
