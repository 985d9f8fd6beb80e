"""Names of columns, without their form."""

import pytest

from ops.init import words


@pytest.mark.parametrize("name", ["user_id", "User ID", "userId", "USER-ID"])
def test_a_name_in_any_form(name: str) -> None:
    assert words.bare(name) in words.USER


def test_all_words_are_bare_and_stand_once() -> None:
    for listed in (words.USER, words.PRODUCT, words.TIME, words.RATING, words.TEXT):
        assert list(listed) == list(dict.fromkeys(map(words.bare, listed)))


def test_weights_are_from_minus_1_to_1_and_a_purchase_is_1() -> None:
    assert all(-1 <= weight <= 1 for weight in words.EVENT_WEIGHTS.values())
    assert words.EVENT_WEIGHTS["purchase"] == 1
