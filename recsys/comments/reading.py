"""How texts are read, chunk by chunk: by this machine, or by Spark (recsys/spark/process.py). What
a text gives is a function of it and of the models alone, so nothing shows of who has read it.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl

from recsys.comments import learned
from recsys.comments.spellings import read_each
from recsys.comments.words import cut, for_chunks

NEUTRAL = 0.5  # sentiment of a text where there is no model


class Reading(NamedTuple):
    """What texts say, and how much they say: both (texts,) float64 in 0 to 1."""

    sentiment: np.ndarray
    evidence: np.ndarray


class How(NamedTuple):
    """By what texts are read: the model of each fold, none where nothing is learned, and
    `process.quality.informative_words`.
    """

    models: Sequence[learned.Model | None]
    informative_words: float


class Reader(Protocol):
    """Who reads texts."""

    def spelt(self, spellings: pl.Series) -> pl.DataFrame:
        """The distinct `spellings` (n,) with their texts in normal form and the hashes of these:
        see recsys/comments/spellings.py: spell.
        """

    def read(self, texts: pl.Series, fold: np.ndarray, how: How) -> Reading:
        """How each of the normalised texts (texts,) reads; `fold` (texts,) int64 is its fold."""


def read_chunk(texts: list[str], fold: np.ndarray, how: How) -> Reading:
    """How each text reads, all at once."""
    words = cut(texts)
    fullness = 1 - np.exp(-words.distinct / how.informative_words)
    sentiment = np.full(len(texts), NEUTRAL)
    if how.models:
        sentiment = learned.chances(words, fold, list(how.models))
    return Reading(sentiment, fullness * words.variety)


class Local:
    """This machine."""

    def spelt(self, spellings: pl.Series) -> pl.DataFrame:
        """See `Reader`."""
        return read_each(spellings)

    def read(self, texts: pl.Series, fold: np.ndarray, how: How) -> Reading:
        """See `Reader`."""
        plain = texts.to_list()
        found = for_chunks(
            len(plain), lambda part: read_chunk(plain[part], fold[part], how)
        )
        empty = np.empty(0)
        return Reading(
            np.concatenate([empty, *(one.sentiment for one in found)]),
            np.concatenate([empty, *(one.evidence for one in found)]),
        )


LOCAL = Local()
