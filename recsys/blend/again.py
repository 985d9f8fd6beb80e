"""Both models on the validation fold as training has fitted them there, with another seed."""

from typing import Any

from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.als.presets import changed
from recsys.bpr.model import BprFit
from recsys.bpr.params import Params as BprParams
from recsys.dataset.training_inputs import Inputs
from recsys.models.choice import Fold
from recsys.models.cosine_fold import Cosines
from recsys.models.fold_rows import FoldRows
from recsys.models.manifest import Manifest
from recsys.models.model import Fit
from recsys.models.rules import rule_from
from recsys.program.errors import ConfigError
from recsys.softmax.model import SoftmaxFit

SECOND_SEED = 1  # added to the seed of the model


def fits_again(
    als: Manifest, bpr: Manifest, inputs: Inputs, fold: Fold
) -> tuple[FoldRows, FoldRows] | None:
    """The rows of both; None if one of them grew beyond bounds."""
    try:
        return (
            _rows(als_of(als, inputs), fold),
            _rows(bpr_of(bpr, inputs), fold),
        )
    except ConfigError:
        return None


def _rows(fit: Fit, fold: Fold) -> FoldRows:
    return fit.fit(fold.known).of_judges(fold.held_out)


def als_of(manifest: Manifest, inputs: Inputs) -> Fit:
    """The setting that training has taken, with the next seed."""
    params = AlsParams.model_validate(manifest.params)
    search = manifest.notes.search
    changes: dict[str, Any] = dict(search.changes) if search else {}
    changes["seed"] = params.seed + SECOND_SEED
    return AlsFit(changed(params, changes), inputs.vectors)


def bpr_of(manifest: Manifest, inputs: Inputs) -> Fit:
    """The loss that training has taken, as long and as warm, with the next seed."""
    given = BprParams.model_validate(manifest.params)
    params = given.model_copy(update={"seed": given.seed + SECOND_SEED})
    rule, softmax = rule_from(manifest.new_user), params.softmax
    if isinstance(rule, Cosines):
        return SoftmaxFit(
            params, softmax, rule.temperature, inputs.vectors, softmax.epochs
        )
    return BprFit(params, inputs.vectors, manifest.notes.epochs or params.epochs)
