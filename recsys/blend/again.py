"""Both models on the validation fold as training has fitted them there, with another seed."""

from recsys.blend.fits import als_of, bpr_of
from recsys.dataset.training_inputs import Inputs
from recsys.models.choice import Fold
from recsys.models.fold_rows import FoldRows
from recsys.models.manifest import Manifest
from recsys.models.model import Fit
from recsys.program.errors import ConfigError

SECOND_SEED = 1  # added to the seed of the model


def fits_again(
    als: Manifest, bpr: Manifest, inputs: Inputs, fold: Fold
) -> tuple[FoldRows, FoldRows] | None:
    """The rows of both; None if one of them grew beyond bounds."""
    try:
        return (
            _rows(als_of(als, inputs.vectors, SECOND_SEED), fold),
            _rows(bpr_of(bpr, inputs.vectors, SECOND_SEED), fold),
        )
    except ConfigError:
        return None


def _rows(fit: Fit, fold: Fold) -> FoldRows:
    return fit.fit(fold.known).of_judges(fold.held_out)
