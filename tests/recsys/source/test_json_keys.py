"""Which keys the objects of a file have."""

import json

import pytest

from recsys.source.json_keys import OBJECTS, all_keys, filled_keys
from tests.recsys.source.mapping import interactions

FORM = interactions(format="jsonl", text=["note"])
ROW = {"user": 1, "item": 2, "when": 3}


@pytest.mark.parametrize("stars", [{"stars": None}, {}])
@pytest.mark.parametrize("name", ["stars", "sao đánh", "said.stars"])
def test_a_value_that_comes_late_is_found(stars: dict[str, None], name: str) -> None:
    """Ratings that begin with rows of none are no purchases."""
    form = interactions(format="jsonl", text=["note"], rating=name)
    late: dict[str, object] = {"said": {"stars": 1}} if "." in name else {name: 1}
    rows = [ROW | stars] * (OBJECTS + 5)
    before = [json.dumps(one) for one in rows]
    assert filled_keys(iter(before), form) == {"user", "item", "when"}
    found = filled_keys(iter([*before, json.dumps(ROW | late)]), form)
    assert found == {"user", "item", "when", name}


def test_all_keys_are_those_with_a_value_and_the_others() -> None:
    lines = [json.dumps(ROW | {"note": None, "more": None}), "no json"]
    assert all_keys(iter(lines), FORM) == ["user", "item", "when", "more"]
