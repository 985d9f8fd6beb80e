"""Draws by weight."""

import numpy as np
import pytest

from bench.shop.chance import draw_index


def test_draw_index_never_draws_weight_zero() -> None:
    assert draw_index((0, 2, 0), (2, 3), np.random.default_rng(4)).tolist() == [
        [1, 1, 1],
        [1, 1, 1],
    ]


def test_draw_index_draws_each_as_often_as_its_weight_says() -> None:
    drawn = draw_index((1, 3, 4), 80_000, np.random.default_rng(0))
    assert np.bincount(drawn) / 80_000 == pytest.approx([1 / 8, 3 / 8, 4 / 8], abs=0.01)
