"""Comments agree with the stars, and say the skin and the category."""

import numpy as np
import pytest

from bench.shop import comments
from bench.shop.comments import compose
from bench.shop.kinds import CATEGORIES, SKINS


def test_comments_of_five_stars_never_blame_and_of_one_star_never_praise() -> None:
    rng, blame = np.random.default_rng(2), comments.BLAME_OPENERS + comments.BLAME_ENDS
    praise = comments.PRAISE_OPENERS + comments.PRAISE_ENDS
    for dice in rng.integers(2**31, size=(500, comments.COMMENT_DICE)).tolist():
        for stars, foreign in ((5, blame), (1, praise)):
            text = compose(stars, bool(dice[0] % 2), SKINS[0], CATEGORIES[0], dice)
            assert not any(phrase.rstrip(".") in text for phrase in foreign)


def test_compose_known_answers() -> None:
    skin, category = SKINS[1], CATEGORIES[1]
    zeros = [0] * 9
    assert compose(5, False, skin, category, [11, *zeros]) == ""
    assert compose(5, False, skin, category, [9912, *zeros]) == "Tốt"
    medium = [9938, 0, 1, 0, 0, 0, 0, 2, 0, 0]
    assert compose(1, True, skin, category, medium) == (
        "Rất thất vọng về sữa rửa mặt này, không hợp với da khô của mình, khô căng, bong tróc"
    )


@pytest.mark.parametrize(
    ("length", "die", "separator"),
    [
        (comments.SHORT, 0, "\n"),
        (comments.SHORT, 1, ". "),
        (comments.MEDIUM, 1, ".\n"),
        (comments.MEDIUM, 2, ". "),
    ],
)
def test_separator_of(length: int, die: int, separator: str) -> None:
    assert comments.separator_of(length, die) == separator


@pytest.mark.parametrize(
    ("habit", "text"),
    [(0, "Tốt 😍"), (30, "Tốt"), (34, "TỐT"), (27, " Tốt ")],
)
def test_users_add_marks_capitals_and_spaces(habit: int, text: str) -> None:
    dice = [habit * 100, *[0] * 9]
    assert comments.finish("Tốt", comments.HAPPY_MARKS, dice) == text
