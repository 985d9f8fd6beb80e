"""Both models, fitted by the params of a shop."""

import numpy as np

from bench.models.fits import Fits
from bench.models.prepared import Prepared


def test_bpr_has_a_bias_and_as_many_epochs_as_asked(shop: Prepared, fits: Fits) -> None:
    model = fits.bpr(shop.inputs.vectors).fit(shop.inputs.known)
    assert model.item_factors.shape == (shop.test.shape[1], fits.bpr_params.factors + 1)
    assert len(model.curve) == fits.epochs


def test_the_prior_is_used_if_asked_and_else_as_the_params_say(
    shop: Prepared, fits: Fits
) -> None:
    known, vectors = shop.inputs.known, shop.inputs.vectors
    own, prior, plain = (
        fits.als(vectors, feature_prior=asked).fit(known).item_factors
        for asked in (None, True, False)
    )
    assert np.array_equal(own, prior if fits.als_params.feature_prior else plain)
    assert not np.array_equal(prior, plain)
