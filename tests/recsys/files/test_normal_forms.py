"""Normal forms, against Unicode's own tables."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.files.normal_forms import (
    PLAIN,
    changed_where,
    has_unseen,
    normalised,
    visible,
)

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
EVERY_SIGN = pl.Series(list(map(chr, CODES)))


def test_plain_characters_are_in_nfkc_whatever_stands_beside_them() -> None:
    plain = EVERY_SIGN.filter(EVERY_SIGN.str.contains(f"^[{PLAIN}]$")).to_list()
    assert len(plain) > 2000
    assert "ệ" in plain and "\u0301" not in plain
    for sign in plain:
        assert unicodedata.combining(sign) == 0
        assert all(
            unicodedata.normalize("NFKC", before + sign) == before + sign
            for before in ("", "a", "ơ", "ê", "D")
        )


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_form_is_what_polars_makes_of_every_text(form: str) -> None:
    texts = pl.concat([EVERY_SIGN, EVERY_SIGN + "\u0301", "ê" + EVERY_SIGN])
    assert normalised(texts, form).equals(texts.str.normalize(form))  # type: ignore[arg-type]  # by name


def test_what_is_marked_is_changed() -> None:
    which, texts = pl.Series([True, False, True]), pl.Series(["a", "b", "c"])
    found = changed_where(which, texts, lambda some: some.str.to_uppercase())
    assert found.to_list() == ["A", "b", "C"]
    assert texts.to_list() == ["a", "b", "c"]
    assert changed_where(~which & which, texts, lambda some: some + "!").equals(texts)


def test_default_ignorable_characters_show_nothing_and_letters_do() -> None:
    """The joiners, marks of direction, fillers and variation selectors of Unicode's list, and the
    byte order mark; no letter, digit or sign of its own.
    """
    gone = set(EVERY_SIGN.filter(visible("a" + EVERY_SIGN + "b") == "ab"))
    assert {
        "\u200b",
        "\u00ad",
        "\u2060",
        "\ufeff",
        "\ufe0f",
        "\u3164",
        "\U000e0041",
    } <= gone
    kinds = {unicodedata.category(sign) for sign in gone}
    assert kinds <= {"Cf", "Mn", "Lo", "Cn"}
    letters = [sign for sign in gone if unicodedata.category(sign) == "Lo"]
    assert all("FILLER" in unicodedata.name(sign) for sign in letters)


def test_blanks_of_any_kind_are_one_and_what_is_seen_stays() -> None:
    texts = pl.Series(["a\u00a0 b", "a\u3000b", "a  b", "my\u0303", "x\ty", "đ"])
    assert visible(texts).to_list() == ["a b", "a b", "a b", "mỹ", "x\ty", "đ"]
    assert has_unseen(texts).to_list() == [True, True, False, False, False, False]
    assert visible(texts[:0]).to_list() == []


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.lists(st.text(max_size=8), min_size=1))
def test_to_take_out_what_is_unseen_twice_changes_nothing(cells: list[str]) -> None:
    texts = pl.Series([cell.encode("utf-8", "ignore").decode() for cell in cells])
    once = visible(texts)
    assert visible(once).equals(once)
    assert not has_unseen(once).any()
