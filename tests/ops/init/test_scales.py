"""What a scale may be taken for, and a question only where there is doubt."""

from pathlib import Path

import pytest

from ops.init.plan import Answers, UnclearError, interactions_of
from ops.init.scales import of_minus, of_scale, of_top, of_turned, of_zero
from recsys.shop_csv.rating_scale import STARS, Ratings, Scale, likely, misread
from tests.ops.init.mapped import form, planned
from tests.ops.init.now import NOW


@pytest.mark.parametrize(
    ("values", "scale", "is_asked"),
    [
        ([0, 5, 3], Scale(0, 5), True),
        ([0, 0, 10], Scale(0, 10), True),
        ([0, 80], Scale(0, 100), True),
        ([55, 80], Scale(0, 100), False),
        ([0, 1], Scale(0, 1), False),  # thumbs
        ([-1, 0, 1], Scale(-1, 1), False),
        ([1, 5], STARS, False),
    ],
)
def test_a_rating_of_0_is_the_worst_or_none(
    values: list[float], scale: Scale, is_asked: bool
) -> None:
    found = of_zero("a.csv", values, scale)
    assert (found is not None) is is_asked
    if found:
        assert found.example == f"1,{scale.high:g}"


@pytest.mark.parametrize(
    ("values", "scale", "is_asked"),
    [
        ([1] * 30 + [2] * 15 + [6] * 15, Scale(1, 6), True),  # grades
        ([1] * 30 + [2] * 15 + [3] * 14 + [6], Scale(1, 6), True),
        ([1] * 20 + [3] * 20 + [5] * 20, Scale(1, 5), False),
        ([1] * 25 + [5] * 20 + [4] * 25, Scale(1, 5), False),
        ([1] * 10 + [2] * 60, Scale(1, 5), False),  # a bad shop
        ([1] * 30 + [5] * 31, Scale(1, 5), False),
        ([5] * 50 + [1] * 10, Scale(1, 5), False),
        ([1] * 40, Scale(1, 5), False),  # too few to say
    ],
)
def test_most_ratings_are_seldom_the_worst(
    values: list[float], scale: Scale, is_asked: bool
) -> None:
    found = of_turned("a.csv", values, scale)
    assert (found is not None) is is_asked
    if found:
        assert "30 of 60 ratings are 1: is that the worst one (1,6), or the best?" in (
            found.question
        )
        assert "(7 - rating)" in found.question


def test_the_plan_asks_for_the_scale_of_grades(tmp_path: Path) -> None:
    rows = [f"u{at},p{at % 7},{1 + at % 6 * (at % 2)},2024-01-05" for at in range(60)]
    with pytest.raises(UnclearError, match="or the best") as caught:
        planned(tmp_path, "user,item,Note,date", *rows)
    assert caught.value.option == "--scale"
    one = form(tmp_path, "user,item,Note,date", *rows)
    answers = Answers(scale=Scale(1, 6))
    assert interactions_of(one, answers, NOW).scale == Scale(1, 6)


@pytest.mark.parametrize(
    ("values", "scale", "example"),
    [
        ([-1, 8, 10], Scale(-10, 10), "1,10"),
        ([-1, 1, 5], Scale(-5, 5), "1,5"),
        ([-1, 0.5, 5], Scale(-5, 5), "0.5,5"),
        ([-1, 1], Scale(-1, 1), None),  # thumbs
        ([-1, 0, 1], Scale(-1, 1), None),
        ([-2, -1, 0, 1, 2], Scale(-2, 2), None),
        ([1, 5], STARS, None),
    ],
)
def test_one_kind_below_0_is_the_worst_or_none(
    values: list[float], scale: Scale, example: str | None
) -> None:
    found = of_minus("a.csv", values, scale)
    assert (found.example if found else None) == example


@pytest.mark.parametrize(
    ("values", "scale", "words"),
    [
        ([1, 2, 4, 6] * 25, Scale(1, 7), "is that the best one (1,6), or is 7 (1,7)?"),
        ([2, 3, 4] * 40, STARS, "is that the best one (1,4), or is 5 (1,5)?"),
        ([10, 20, 50] * 20, Scale(0, 100), "(0,50), or is 100 (0,100)?"),
        ([1.5, 2.5, 3.5] * 40, STARS, ""),  # no grades
        ([1, 2, 4] * 20, STARS, ""),  # too few to say
        (list(range(40, 99)) * 2, Scale(0, 100), ""),
        ([4] * 200, STARS, ""),
        ([1, 2, 3, 4, 5] * 40, STARS, ""),
    ],
)
def test_the_best_grade_is_one_that_was_given(
    values: list[float], scale: Scale, words: str
) -> None:
    found = of_top("a.csv", values, scale)
    assert words in found.question if found else not words


@pytest.mark.parametrize(
    "values", [[10, 20, 30, 40, 50], [5, 30, 45], [-1, 2, 10], [1, 4, 6], [0, 3, 9]]
)
def test_a_guess_that_merge_would_refuse_is_asked_for(values: list[float]) -> None:
    """And merge never advises the scale that is set."""
    scale, found = likely(values), Ratings()
    for value in values:
        found.counts[value] += 20
    told = misread(found, scale, 20)
    assert not told or of_scale("a.csv", values * 20, scale)
    assert f"merge.rating_scale: {scale} " not in told
