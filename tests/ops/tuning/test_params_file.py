"""A winner gets into params.yaml, and nothing else in it changes."""

import re
from typing import Any

import pytest
import ruamel.yaml

from ops.tuning import params_file
from ops.tuning import space as tuning
from recsys.program.errors import ConfigError
from tests.ops.tuning.worlds import YAML
from tests.worlds import complains


def test_only_the_values_of_params_yaml_change() -> None:
    before = YAML.read_bytes().decode()
    keys = {
        "train_als.factors": 7,
        "train_als.regularization": 0.000123,
        "train_als.hybrid.popularity": 1234.5,
        "train_bpr.hard_negative_share.dislikes": 0.125,
    }
    after = params_file.rewritten(before, keys)
    old, new = before.split("\n"), after.split("\n")
    different = [
        at for at, (one, other) in enumerate(zip(old, new, strict=True)) if one != other
    ]
    assert len(different) == len(keys)
    for at, value in zip(different, ("7", "0.000123", "1234.5", "0.125"), strict=True):
        line, _, comment = new[at].partition("#")
        assert comment == old[at].partition("#")[2]
        begin = next(
            n for n, (a, b) in enumerate(zip(old[at], new[at], strict=False)) if a != b
        )
        start = new[at].rindex(" ", 0, begin + 1) + 1
        assert (
            new[at][:start] == old[at][:start]
            and re.split("[ ,}]", line[start:])[0] == value
        )
    same = params_file.rewritten(after, {key: _value(before, key) for key in keys})
    assert [line.split() for line in same.split("\n")] == [line.split() for line in old]


def _value(text: str, key: str) -> Any:
    return tuning.flattened(ruamel.yaml.YAML(typ="safe", pure=True).load(text))[key]


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("a:\n  b: 1   # why\n", 100, "a:\n  b: 100 # why\n"),
        ("a:\n  b: 1   # why\n", 12345, "a:\n  b: 12345 # why\n"),
        ("a:\n  b: 123 # why\n", 1, "a:\n  b: 1   # why\n"),
        (
            "a: {c: 1, b: 10, d: 2}    # why\n",
            0.00001,
            "a: {c: 1, b: 0.00001, d: 2} # why\n",
        ),
        ("a:\r\n  b: 1e-3\r\n", 2.0, "a:\r\n  b: 2.0\r\n"),
        ('a:\n  b: "off"   # why\n', "als-12", "a:\n  b: als-12  # why\n"),
        ("a: {b: off}\n", "als-12", "a: {b: als-12}\n"),
        ("# é\na:\n    b: 1\nc: 2\n", 0.5, "# é\na:\n    b: 0.5\nc: 2\n"),
    ],
)
def test_a_comment_keeps_its_column_if_it_can(
    before: str, value: float | str, after: str
) -> None:
    assert params_file.rewritten(before, {"a.b": value}) == after


@pytest.mark.parametrize(
    "text",
    ["a: 1\n", "a: {c: 1}\n", "a: {b: [1]}\n", "a: {b: &x 1}\n", 'a: {b: "1"}\n', ""],
)
def test_what_cannot_be_changed_in_place_is_refused(text: str) -> None:
    with complains(ConfigError, "a.b", "by hand"):
        params_file.rewritten(text, {"a.b": 2})


@pytest.mark.parametrize(
    "text", ["a: {b: [1]}\n", "a: {b: &x c}\n", "a:\n  b: |\n    c\n"]
)
def test_a_word_takes_the_place_of_a_word_only(text: str) -> None:
    with complains(ConfigError, "a.b", "not a plain word", "by hand"):
        params_file.rewritten(text, {"a.b": "als-12"})
