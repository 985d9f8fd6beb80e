"""What a column says by its name and its cells (tests/ops/init ask the same in whole files)."""

import pytest

from recsys.source import meanings, words


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["5", "4", "1"], True),
        (["good", "bad"], True),
        ([f"a long sentence number {at}" for at in range(40)], False),
    ],
)
def test_cells_that_may_be_ratings(cells: list[str], wanted: bool) -> None:
    assert meanings.are_ratings(cells) is wanted


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["5", "4", "3", "5", "4"], True),
        (["1", "1", "1", "2", "1", "5", "1"], False),
        (["5", "x", "3"], False),
        (["-1", "4", "5"], False),
        ([], False),
    ],
)
def test_numbers_that_are_on_a_scale(cells: list[str], wanted: bool) -> None:
    assert meanings.are_on_a_scale(cells) is wanted


def test_names() -> None:
    assert meanings.is_called("Đánh giá", words.RATING)
    assert meanings.counts("line qty") and not meanings.counts("stars")
    assert meanings.is_quantity("Total price") and not meanings.is_quantity("discount")


def test_marks_and_numbers() -> None:
    assert [meanings.is_set(one) for one in ("yes", "0.00", "no", "")] == [
        True,
        False,
        False,
        False,
    ]
    assert meanings.BELOW_0.match("-1") and not meanings.BELOW_0.match("1")
    assert meanings.value_of("4,5") == 4.5
