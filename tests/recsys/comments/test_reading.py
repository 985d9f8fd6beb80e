"""Texts read in chunks give what each gives alone."""

import numpy as np
import polars as pl
import pytest

from recsys.comments import words
from recsys.comments.quality import fold_of
from recsys.comments.reading import LOCAL, How, read_chunk
from recsys.comments.spellings import hashes, read_each
from tests.recsys.comments.learned_models import MODELS, TEXTS

HOW = How(MODELS, 12.0)


def folds(texts: list[str]) -> np.ndarray:
    return fold_of(hashes(pl.Series(texts))[1])


@pytest.mark.parametrize("chunk", [1, 3, 10_000])
def test_chunks_do_not_show(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "CHUNK", chunk)
    fold = folds(TEXTS)
    found = LOCAL.read(pl.Series(TEXTS), fold, HOW)
    alone = [
        read_chunk([text], fold[at : at + 1], HOW) for at, text in enumerate(TEXTS)
    ]
    assert found.sentiment.tolist() == [float(one.sentiment[0]) for one in alone]
    assert found.evidence.tolist() == [float(one.evidence[0]) for one in alone]
    assert len(set(found.sentiment.tolist())) > 2


def test_without_models_all_is_neutral_and_longer_texts_say_more() -> None:
    found = read_chunk(["good", "good and rich and new"], np.zeros(2, int), How([], 12))
    assert found.sentiment.tolist() == [0.5, 0.5]
    assert 0 < found.evidence[0] < found.evidence[1] < 1


def test_no_text_is_no_reading() -> None:
    found = LOCAL.read(pl.Series([], dtype=pl.String), np.zeros(0, int), HOW)
    assert (len(found.sentiment), len(found.evidence)) == (0, 0)


def test_spellings_are_those_of_this_machine() -> None:
    comments = pl.Series(["TỐT  lắm", "Tệ"])
    assert LOCAL.spelt(comments).equals(read_each(comments))
