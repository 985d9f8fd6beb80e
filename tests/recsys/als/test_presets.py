"""Every preset is a valid section, and what is drawn is a function of the seed."""

import pytest
from pydantic import ValidationError

from recsys.als.presets import DRAWN, FACTORS, PRESETS, changed, drawn
from tests.recsys.als.worlds import params


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
