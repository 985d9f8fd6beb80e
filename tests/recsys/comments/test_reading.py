"""Texts read in chunks give what each gives alone."""

import threading
import time
from concurrent.futures import Future

import numpy as np
import polars as pl
import pytest

from recsys.comments import reading, words
from recsys.comments.quality import fold_of
from recsys.comments.reading import LOCAL, How, read_chunk
from recsys.comments.spellings import hashes, read_each
from tests.recsys.comments.learned_models import MODELS, TEXTS

HOW = How(MODELS, 12.0)


def learned(how: How = HOW) -> "Future[How]":
    """It is there already."""
    future: Future[How] = Future()
    future.set_result(how)
    return future


def folds(texts: list[str]) -> np.ndarray:
    return fold_of(hashes(pl.Series(texts))[1])


@pytest.mark.parametrize("chunk", [1, 3, 10_000])
def test_chunks_do_not_show(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "CHUNK", chunk)
    fold = folds(TEXTS)
    found = LOCAL.read(pl.Series(TEXTS), fold, learned())
    alone = [
        read_chunk([text], fold[at : at + 1], HOW) for at, text in enumerate(TEXTS)
    ]
    assert found.sentiment.tolist() == [float(one.sentiment[0]) for one in alone]
    assert found.evidence.tolist() == [float(one.evidence[0]) for one in alone]
    assert len(set(found.sentiment.tolist())) > 2


@pytest.mark.parametrize("cut_before", [1, 3])
def test_texts_are_cut_while_it_is_learned(
    cut_before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most HELD chunks, and each once; what is found is the same."""
    monkeypatch.setattr(words, "CHUNK", 1)
    monkeypatch.setattr(reading, "HELD", 3)
    fold = folds(TEXTS)
    expected = LOCAL.read(pl.Series(TEXTS), fold, learned())
    how: Future[How] = Future()
    seen: list[str] = []

    def cut(texts: list[str]) -> words.Words:
        seen.extend(texts)
        if len(seen) == cut_before:
            threading.Timer(0.2 * (cut_before == 3), how.set_result, [HOW]).start()
            while cut_before == 1 and not how.done():
                time.sleep(0.01)
        assert how.done() or len(seen) <= 3
        return words.cut(texts)

    monkeypatch.setattr(reading, "cut", cut)
    found = LOCAL.read(pl.Series(TEXTS), fold, how)
    assert sorted(seen) == sorted(TEXTS)
    assert found.sentiment.tolist() == expected.sentiment.tolist()
    assert found.evidence.tolist() == expected.evidence.tolist()


def test_what_cannot_be_learned_is_no_reading() -> None:
    how: Future[How] = Future()
    how.set_exception(ValueError("odd"))
    with pytest.raises(ValueError, match="odd"):
        LOCAL.read(pl.Series(TEXTS), folds(TEXTS), how)


def test_without_models_all_is_neutral_and_longer_texts_say_more() -> None:
    found = read_chunk(["good", "good and rich and new"], np.zeros(2, int), How([], 12))
    assert found.sentiment.tolist() == [0.5, 0.5]
    assert 0 < found.evidence[0] < found.evidence[1] < 1


def test_no_text_is_no_reading() -> None:
    found = LOCAL.read(pl.Series([], dtype=pl.String), np.zeros(0, int), learned())
    assert (len(found.sentiment), len(found.evidence)) == (0, 0)


def test_spellings_are_those_of_this_machine() -> None:
    comments = pl.Series(["TỐT  lắm", "Tệ"])
    assert LOCAL.spelt(comments).equals(read_each(comments))
