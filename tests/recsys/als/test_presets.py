"""Every preset is a valid section, tried where it may fit; what is drawn is a function of the
seed.
"""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_matrix

from recsys.als.presets import (
    DENSE_FROM,
    DRAWN,
    FACTORS,
    PRESETS,
    changed,
    drawn,
    presets_for,
)
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from tests.recsys.als.worlds import params


def shop(positives: int, texts: bool) -> Inputs:
    """Two users who have bought the same first items; of texts each item has one, or none does."""
    items = 2 + positives
    binary = csr_matrix(
        np.tile(np.arange(items) < positives, (2, 1)).astype(np.float32)
    )
    ids = Ids(["0", "1"], [str(item) for item in range(items)])
    vectors = np.full((items, 3), float(texts), np.float32)
    known = Interactions(binary, binary, csr_matrix(binary.shape, dtype=np.float32))
    return Inputs(ids, known, csr_matrix(binary.shape), vectors, "none", {})


@pytest.mark.parametrize("is_dense", [False, True])
@pytest.mark.parametrize("texts", [False, True])
def test_only_what_may_fit_the_shop_is_tried(is_dense: bool, texts: bool) -> None:
    never = {name for name, has in (("dense", is_dense), ("texts", texts)) if not has}
    made = presets_for(shop(int(DENSE_FROM) - (not is_dense), texts))
    assert set(made) == set(PRESETS) - never


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_changes_what_it_names_and_nothing_else(name: str) -> None:
    made = changed(params(), PRESETS[name]).model_dump()
    assert made == params().model_dump() | PRESETS[name]


def test_a_wrong_value_is_refused() -> None:
    with pytest.raises(ValidationError, match="alpha"):
        changed(params(), {"alpha": -1.0})


def test_what_is_drawn_is_a_function_of_the_seed_and_valid() -> None:
    first, again, other = (drawn(params(seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == DRAWN
    for changes in first.values():
        assert changed(params(), changes).factors in FACTORS
