"""Both models by the params of a shop."""

from dataclasses import dataclass

import numpy as np

from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.bpr.model import BprFit
from recsys.bpr.params import Params as BprParams


@dataclass(frozen=True)
class Fits:
    """How ALS and BPR are fitted."""

    als_params: AlsParams
    bpr_params: BprParams
    epochs: int  # of BPR

    def als(self, vectors: np.ndarray, feature_prior: bool | None = None) -> AlsFit:
        """ALS; `vectors` (items, d) are a prior if the params or `feature_prior` say so."""
        params = self.als_params
        if feature_prior is not None:
            params = params.model_copy(update={"feature_prior": feature_prior})
        return AlsFit(params, vectors)

    def bpr(self, vectors: np.ndarray) -> BprFit:
        """BPR; its last factor is a bias."""
        return BprFit(self.bpr_params, vectors, self.epochs)
