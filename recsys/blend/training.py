"""The blend of both trained models: judged by their fits on the validation fold, and made of their
factors where it is offered.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from recsys.blend.again import fits_again
from recsys.blend.judge import Blend, Judged, judge
from recsys.blend.params import Params
from recsys.blend.rows import side_by_side
from recsys.dataset.training_inputs import Inputs
from recsys.models import choice, fold_rows, manifest, model_folder
from recsys.models.blend_verdict import Figures, Verdict
from recsys.models.blended import Blended, Part
from recsys.models.choice import judges_of
from recsys.models.factors import Factors
from recsys.models.fold_rows import FoldRows
from recsys.models.manifest import (
    ColdClass,
    ColdStart,
    Manifest,
    Notes,
    Search,
    Setting,
)
from recsys.models.model import TrainedModel
from recsys.models.params import OFF
from recsys.program.errors import DataError
from recsys.ranking.weights import Weights

MODEL_TYPE = "blend"
NOT_JUDGED = "no fit of both models on a validation fold (a warm start, or search: off)"


class Trained(NamedTuple):
    """The folder of a model, and what its manifest says."""

    folder: Path
    manifest: Manifest

    @classmethod
    def read(cls, folder: Path, inputs: Inputs) -> "Trained":
        """DataError if it was trained on other data than `inputs`."""
        found = manifest.read(folder)
        if found.inputs != inputs.hashes:
            raise DataError(
                f"{folder}: trained on other data than data/processed has; run `dvc repro`"
            )
        return cls(folder, found)

    @property
    def weights(self) -> Weights:
        return model_folder.weights_of(self.folder, self.manifest)


def blend_of(
    inputs: Inputs, als: Path, bpr: Path, params: Params
) -> tuple[Verdict, TrainedModel | None]:
    """What a blend would give, and the blend if it is offered."""
    if params.mode == OFF:
        return Verdict(offered=False, why="blend.mode is off"), None
    both = Trained.read(als, inputs), Trained.read(bpr, inputs)
    found = judged(inputs, both, params)
    if found is None:
        return Verdict(offered=False, why=NOT_JUDGED), None
    return found.verdict, made(both, found) if found.verdict.offered else None


def judged(
    inputs: Inputs, both: tuple[Trained, Trained], params: Params
) -> Judged | None:
    """The best blend; None where there is no fit of both on the validation fold."""
    some = inputs.of_some_users()
    held_out = judges_of(some)
    rows = _rows(both, some, held_out.getnnz() if held_out is not None else 0)
    if held_out is None or rows is None:
        return None
    weights = [one.weights for one in both]
    fold = choice.fold_of(some, weights[0])
    assert fold is not None  # noqa: S101 - there are judges
    again = None
    als, bpr = (one.manifest for one in both)
    by_spark = "spark" in als.params  # and there is none here
    if inputs.known.binary.nnz <= params.refit_positives and not by_spark:
        again = partial(fits_again, als, bpr, some, fold)
    return judge(rows, weights, fold, params.shares, params.least_lead, again)


def _rows(
    both: tuple[Trained, Trained], inputs: Inputs, judges: int
) -> tuple[FoldRows, FoldRows] | None:
    """The fits of both on the fold; None if one has none."""
    items = len(inputs.ids.items)
    als, bpr = (fold_rows.read(one.folder, judges, items) for one in both)
    return (als, bpr) if als and bpr else None


def made(both: tuple[Trained, Trained], found: Judged) -> TrainedModel:
    """The factors of both models side by side, and what there is to say of them."""
    blend = found.blend
    models = [model_folder.load(one.folder).factors for one in both]
    shares = [blend.share, 1 - blend.share]
    pairs = [(one.user_factors, one.item_factors) for one in models]
    laid = side_by_side(pairs, shares)
    parts = []
    for one, share, scale in zip(models, shares, laid.scales, strict=True):
        rule = one.new_user
        if rule is None or isinstance(rule, Blended):
            raise DataError("a model of a blend has no rule of its own for new users")
        parts.append(Part(rule, one.item_factors.shape[1], share, scale))
    factors = Factors(
        models[0].user_ids,
        models[0].item_ids,
        laid.user_factors,
        laid.item_factors,
        Blended(tuple(parts)),
    )
    return TrainedModel(factors, [], notes_of(both, blend, found.figures))


def notes_of(both: tuple[Trained, Trained], blend: Blend, found: Figures) -> Notes:
    """For the manifest: new items are as with the better model, the rows of cold items are what
    either has made of them.
    """
    notes = [one.manifest.notes for one in both]
    better = notes[found.bpr_ndcg_at_10 > found.als_ndcg_at_10]
    name = f"als {blend.share:g}, bpr {1 - blend.share:g}"
    served = blend.weights.model_dump()
    tried = [
        Setting(
            name=told,
            changes={},
            hybrid=weights,
            ndcg_at_10=value,
            ndcg_at_10_as_given=value,
        )
        for told, weights, value in (
            (name, served, found.ndcg_at_10),
            ("als", both[0].weights.model_dump(), found.als_ndcg_at_10),
            ("bpr", both[1].weights.model_dump(), found.bpr_ndcg_at_10),
        )
    ]
    return Notes(
        embedding_space=notes[0].embedding_space,
        cold_start=_cold_start([one.cold_start for one in notes]),
        served=served,
        new_items=better.new_items,
        search=Search(
            users=found.users,
            settings=tried,
            taken=name,
            changes={},
            lead=found.lead,
            error=found.error,
            leads_again=found.leads_again,
        ),
    )


def _cold_start(found: list[ColdStart | None]) -> ColdStart:
    """A class has rows from texts if it has them in either model."""
    classes: dict[str, ColdClass] = {}
    for one in found:
        for name, told in ((one.classes if one else None) or {}).items():
            used = told.used or (name in classes and classes[name].used)
            classes[name] = ColdClass(used=used)
    return ColdStart(used=any(one.used for one in classes.values()), classes=classes)


def params_of(params: Params, als: Manifest, bpr: Manifest) -> dict[str, object]:
    """What the manifest says of its making: the section, both models, and what is cold."""
    thresholds = (int(one.params.get("cold_threshold", 1)) for one in (als, bpr))
    parts = {"als": als.model_id, "bpr": bpr.model_id}
    return {**params.model_dump(), **parts, "cold_threshold": max(thresholds)}
