"""Words and pairs of texts, against a plain loop over their signs."""

import random
from itertools import groupby, pairwise

import pytest

from recsys.comments import words as words_
from recsys.comments.words import cut, for_chunks

SIGNS = ["a", "ố", "7", ".", "!", "😀", "\u0301", "a", "b", " ", " "]


def plain_words(text: str) -> list[str]:
    """Runs of letters and digits, any other sign by itself, of a text without repeated signs."""
    single = "".join(sign for sign, _ in groupby(text))
    found: list[str] = []
    before = " "
    for sign in single:
        if sign.isalnum() and before.isalnum():
            found[-1] += sign
        elif sign != " ":
            found.append(sign)
        before = sign
    return found


def test_words_and_pairs_of_a_text() -> None:
    found = cut(["tốt tốt lắm lắm", "ok", "a☹b", "đẹppppp"])
    assert found.distinct.tolist() == [2, 1, 3, 1]
    assert found.variety.tolist() == [1, 1, 1, 1]  # tốt tốt, tốt lắm, lắm lắm
    columns = [set(found.column[found.text == text].tolist()) for text in range(4)]
    assert [len(one) for one in columns] == [5, 1, 5, 1]
    assert columns[3] == set(cut(["đẹp"]).column.tolist())
    assert not columns[0] & columns[1]


def test_a_plain_loop_finds_the_same_words() -> None:
    chosen = random.Random(5)
    drawn = (" ".join("".join(chosen.choices(SIGNS, k=30)).split()) for _ in range(300))
    texts = [text for text in drawn if text]
    found = cut(texts)
    column_of: dict[str | tuple[str, str], int] = {}
    for at, text in enumerate(texts):
        words = plain_words(text)
        pairs = list(pairwise(words))
        assert found.distinct[at] == len(set(words))
        assert found.variety[at] == (len(set(pairs)) / len(pairs) if pairs else 1)
        for one in {*words, *pairs}:
            if one not in column_of:
                alone = cut([one if isinstance(one, str) else " ".join(one)])
                column_of[one] = int(alone.column[-1])
        expected = sorted(column_of[one] for one in {*words, *pairs})
        assert sorted(found.column[found.text == at].tolist()) == expected


def test_a_text_is_cut_alike_in_any_company() -> None:
    alone, beside = cut(["rất tốt, tốt!!"]), cut(["tốt", "rất tốt, tốt!!", "x y"])
    assert set(alone.column) == set(beside.column[beside.text == 1])


def test_chunks_cover_all_and_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words_, "CHUNK", 4)
    texts = list("abcdefghij")
    assert for_chunks(10, lambda part: texts[part]) == [
        ["a", "b", "c", "d"],
        ["e", "f", "g", "h"],
        ["i", "j"],
    ]
    assert for_chunks(0, lambda part: texts[part]) == []
