"""The fits of models as training has made them, by what their manifests say."""

import numpy as np

from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.als.presets import changed
from recsys.bpr.model import BprFit
from recsys.bpr.params import Params as BprParams
from recsys.models.cosine_fold import Cosines
from recsys.models.manifest import Manifest
from recsys.models.rules import rule_from
from recsys.softmax.model import SoftmaxFit


def als_of(manifest: Manifest, vectors: np.ndarray, seeds: int = 0) -> AlsFit:
    """The setting that training has taken; `seeds` is added to its seed, `vectors` (items, d) are
    the embeddings. ValueError if the manifest does not say.
    """
    params = AlsParams.model_validate(manifest.params)
    changes = {**manifest.notes.changes, "seed": params.seed + seeds}
    return AlsFit(changed(params, changes), vectors)


def bpr_of(
    manifest: Manifest, vectors: np.ndarray, seeds: int = 0
) -> BprFit | SoftmaxFit:
    """The loss that training has taken, as long and as warm; else as `als_of`."""
    given = BprParams.model_validate(manifest.params)
    params = given.model_copy(update={"seed": given.seed + seeds})
    rule, softmax = rule_from(manifest.new_user), params.softmax
    if isinstance(rule, Cosines):
        epochs = manifest.notes.epochs or softmax.epochs
        return SoftmaxFit(params, softmax, rule.temperature, vectors, epochs)
    return BprFit(params, vectors, manifest.notes.epochs or params.epochs)


def fit_of(manifest: Manifest, vectors: np.ndarray) -> AlsFit | BprFit | SoftmaxFit:
    """The one of either. ValueError if the manifest does not say."""
    if manifest.model_type == AlsParams.MODEL_TYPE:
        return als_of(manifest, vectors)
    return bpr_of(manifest, vectors)
