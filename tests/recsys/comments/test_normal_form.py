"""One form of comments, against Unicode's own tables."""

import random

import polars as pl

from recsys.comments.normal_form import normalise, normalise_each, without_accents

CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
EVERY_SIGN = pl.Series(list(map(chr, CODES)))


def slowly(texts: pl.Series) -> pl.Series:
    """What `normalise_each` does, each step for every text."""
    lower = texts.str.normalize("NFKC").str.to_lowercase()
    return lower.str.replace_all(r"[\s\p{C}]+", " ").str.strip_chars()


def test_case_form_and_spaces_do_not_tell_texts_apart() -> None:
    texts = pl.Series(
        ["  TỐT\n\t lắm ", "to\u0302\u0301t l\u0103\u0301m", None, "\u200b"]
    )
    assert normalise(texts).to_list() == ["tốt lắm", "tốt lắm", "", ""]
    assert normalise(["Ａ①", "Ａ①"]).to_list() == ["a1", "a1"]
    assert normalise([]).to_list() == []


def test_the_short_cuts_change_no_text() -> None:
    assert normalise_each(EVERY_SIGN).equals(slowly(EVERY_SIGN))
    chosen = random.Random(3)
    often = "aàẠÊ \t\n.!😀ơ\u0301\u031b\u200b\u00a0"
    texts = pl.Series(
        [
            "".join(
                chosen.choice(often)
                if chosen.random() < 0.9
                else chr(chosen.choice(CODES))
                for _ in range(chosen.randrange(12))
            )
            for _ in range(20_000)
        ]
    )
    assert normalise_each(texts).equals(slowly(texts))
    assert normalise(texts).equals(slowly(texts).rename("comment"))


def test_without_accents_is_as_it_is_typed_without_them() -> None:
    assert without_accents(["đẹp lắm, mỹ phẩm", "crème", "ครีมดี", "한국", ""]) == [
        "dep lam, my pham",
        "creme",
        "ครีมดี",
        "한국",
        "",
    ]
