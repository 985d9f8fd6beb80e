"""A beginning does where it is of one name only."""

import pytest

from ops.quarantine.prefixes import the_one
from recsys.program.errors import ConfigError
from tests.worlds import complains

NAMES = ["000001-ab.csv", "000002-ab.csv", "000002-cd.csv"]


@pytest.mark.parametrize("word", ["000001", "000001-ab.csv", "000002-c"])
def test_the_name_that_is_meant(word: str) -> None:
    assert the_one(word, NAMES, "none is").startswith(word)
    assert the_one("a", ["a", "ab"], "none is") == "a"


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("000002", ("begins several", "000002-ab.csv, 000002-cd.csv")),
        ("3", ("none is '3'", "there are: 000001-ab.csv")),
        ("", ("none is ''",)),
    ],
)
def test_what_is_of_none_or_several_is_one_line(
    word: str, words: tuple[str, ...]
) -> None:
    with complains(ConfigError, *words):
        the_one(word, NAMES, "none is")


def test_where_there_is_none() -> None:
    with complains(ConfigError, "there are: none"):
        the_one("x", [], "none is")
