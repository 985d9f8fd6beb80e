"""Normal forms, against Unicode's own tables."""

import unicodedata

import polars as pl
import pytest

from recsys.files.normal_forms import PLAIN, changed_where, normalised

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
