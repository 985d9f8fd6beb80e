"""Texts in arrays, and the way back to a text's place."""

import numpy as np
import pytest

from recsys.serving import texts
from recsys.serving.texts import Directory

TEXTS = ["007", "7", "", "đ", "a\nb", "🧴"]


def directory(found: list[str]) -> Directory:
    made = Directory(*texts.packed(found), *texts.order_by_hash(found))
    made.check()
    return made


@pytest.mark.parametrize("found", [TEXTS, [""], []])
def test_what_is_packed_is_unpacked(found: list[str]) -> None:
    assert texts.unpacked(*texts.packed(found)) == found


def test_bytes_that_are_no_utf_8_are_found_nowhere() -> None:
    assert directory(TEXTS).find("\udcff") is None


def test_each_text_is_found_and_no_other() -> None:
    made = directory(TEXTS)
    assert [made.find(text) for text in TEXTS] == list(range(len(TEXTS)))
    assert [made.text(place) for place in range(len(made))] == TEXTS
    assert [made.find(text) for text in ("07", "7 ", "d")] == [None, None, None]
    assert directory([]).find("7") is None
    assert made.find_all([*TEXTS, "07", "7 "]).tolist() == [*range(len(TEXTS)), -1, -1]
    assert made.find_all([]).tolist() == []
    assert directory([]).find_all(["7"]).tolist() == [-1]


def test_texts_of_one_hash_are_told_apart() -> None:
    content, ends = texts.packed(["a", "b"])
    same = np.full(2, texts.hash_of("b"), np.uint64)
    made = Directory(content, ends, same, np.array([0, 1], np.int32))
    assert (made.find("b"), made.find("a")) == (1, None)
    assert made.find_all(["a", "b"]).tolist() == [-1, 1]


@pytest.mark.parametrize("ends", [[1, 2], [3, 2], [3, 3, 4], []])
def test_ends_that_do_not_fit_are_refused(ends: list[int]) -> None:
    content, _ = texts.packed(["abc"])
    with pytest.raises(ValueError, match="ends"):
        texts.unpacked(content, np.array(ends, np.int64))


@pytest.mark.parametrize(
    "change", [{"places": [0, 2]}, {"places": [-1, 0]}, {"hashes": [2, 1]}]
)
def test_a_directory_that_does_not_fit_is_refused(change: dict[str, list[int]]) -> None:
    content, ends = texts.packed(["a", "b"])
    parts = {"hashes": [1, 2], "places": [0, 1]} | change
    hashes = np.array(parts["hashes"], np.uint64)
    made = Directory(content, ends, hashes, np.array(parts["places"], np.int32))
    with pytest.raises(ValueError, match=r"hashes|place"):
        made.check()
