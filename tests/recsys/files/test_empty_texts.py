"""What programs write where there is no text says nothing; words do."""

import polars as pl
import pytest

from recsys.files.empty_texts import is_empty


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\\N",
        "\\n",
        "nan",
        "NaN",
        "NULL",
        " null ",
        "None",
        "N/A",
        "#N/A",
        "<NA>",
        "-",
        "--",
        "...",
        "!!!",
        "?",
        "\u200b",
        "(null)",
        "undefined",
        "No comment",
        "Không có nhận xét",
    ],
)
def test_it_says_nothing(text: str) -> None:
    assert is_empty(pl.Series([text, "good"])).to_list() == [True, False]


@pytest.mark.parametrize(
    "text",
    ["ok", "tốt", "👍", "5", "nano", "null and void", "không tốt", "<3", "a", "好"],
)
def test_it_says_something(text: str) -> None:
    assert is_empty(pl.Series([text, ""])).to_list() == [False, True]


def test_long_texts_and_none_at_all() -> None:
    assert is_empty(pl.Series(["." * 200])).to_list() == [False]
    assert is_empty(pl.Series([], dtype=pl.String)).to_list() == []
