"""Comment quality is in [0, 1], grows with distinct words and falls with repetition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recsys import quality

PARAMS = quality.QualityParams(scorer="simple", no_comment=0.5)


def test_known_values() -> None:
    found = quality.score(["", "  ", "tốt", "tốt tốt", "một hai ba"], PARAMS)
    one, three = (0.25 + 0.75 * (1 - math.exp(-words / 12)) for words in (1, 3))
    half = 0.25 + 0.75 * 0.5 * (1 - math.exp(-1 / 12))
    assert found.dtype == np.float32
    assert found.tolist() == np.round([0.5, 0.5, one, half, three], 4).astype(np.float32).tolist()


def test_case_does_not_make_a_word_distinct() -> None:
    assert quality.simple("Tốt tốt") == quality.simple("tốt tốt")


def test_more_distinct_words_say_more_and_repetition_says_less() -> None:
    words = [f"w{number}" for number in range(40)]
    rising = [quality.simple(" ".join(words[:count])) for count in range(1, 41)]
    assert rising == sorted(set(rising))
    assert quality.simple(" ".join(words[:5] * 3)) < quality.simple(" ".join(words[:5]))


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_in_range_and_the_same_whatever_stands_beside(comments: list[str]) -> None:
    found = quality.score(comments, PARAMS)
    assert found.shape == (len(comments),)
    assert ((found >= 0) & (found <= 1)).all()
    assert found.tolist() == [float(quality.score([comment], PARAMS)[0]) for comment in comments]


@pytest.mark.parametrize("value", [-0.1, 1.1, "0.5"])
def test_no_comment_is_a_share(value: object) -> None:
    with pytest.raises(ValidationError):
        quality.QualityParams.model_validate({"scorer": "simple", "no_comment": value})
