"""A text that stands where there is none counts as none."""

import polars as pl
import pytest

from recsys.dataset.default_texts import DefaultTexts, without_default_texts

DEFAULT = "Khách hàng không để lại nhận xét"


def shop(
    default: int, others: int, accounts: int = 1000
) -> tuple[pl.Series, pl.Series]:
    """Comments and users: so many default texts of so many accounts, and other texts."""
    comments = [DEFAULT] * default + [f"text {number}" for number in range(others)]
    users = [f"u{number % accounts}" for number in range(len(comments))]
    return pl.Series(comments, dtype=pl.String), pl.Series(users, dtype=pl.String)


@pytest.mark.parametrize(
    ("default", "others", "accounts", "is_default"),
    [
        (50, 950, 1000, True),  # exactly the share
        (49, 951, 1000, False),
        (50, 950, 19, False),  # too few accounts
        (1000, 1000, 1, False),  # one account
        (20, 0, 1000, True),
        (19, 0, 1000, False),
    ],
)
def test_a_text_of_a_large_share_and_many_accounts(
    default: int, others: int, accounts: int, is_default: bool
) -> None:
    comments, users = shop(default, others, accounts)
    found, told = without_default_texts(comments, users, 0.05)
    assert told == DefaultTexts(*((default, [DEFAULT]) if is_default else (0, [])))
    assert (found == "").sum() == (default if is_default else 0)
    assert found[default:].equals(comments[default:])


def test_empty_texts_are_none_and_are_no_part_of_the_share() -> None:
    comments = pl.Series(["\\N"] * 500 + [DEFAULT] * 30 + ["", "fine"])
    users = pl.Series([f"u{number}" for number in range(len(comments))])
    found, told = without_default_texts(comments, users, 0.5)
    assert told == DefaultTexts(530, [DEFAULT])
    assert found.to_list() == [""] * 531 + ["fine"]


def test_a_default_text_of_a_large_shop_is_found_among_a_sample() -> None:
    comments, users = shop(20_000, 130_000)
    assert without_default_texts(comments, users, 0.05)[1].texts == [DEFAULT]


def test_no_comments_at_all() -> None:
    comments, users = shop(0, 0)
    found, told = without_default_texts(comments, users, 0.05)
    assert (len(found), told) == (0, DefaultTexts(0, []))
