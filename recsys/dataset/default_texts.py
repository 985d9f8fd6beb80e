"""Comments that stand where there is none count as none: empty ones (recsys/files/empty_texts.py),
and a shop's default text.

A default text is one that a large share of the comments are, of many accounts: one account makes
none. That some customers do write it costs next to nothing: what so many write says little of a
product.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from recsys.files.empty_texts import is_empty

SAMPLE = 20_000  # comments among which default texts are looked for
FEWEST = 20  # accounts that have a default text
CLOSE = 0.8  # of the share, in the sample: then it is counted among all


@dataclass(frozen=True)
class DefaultTexts:
    """How many comments said nothing but were not blank; the default texts among these."""

    rows: int
    texts: list[str]


def without_default_texts(
    comments: pl.Series, users: pl.Series, share: float
) -> tuple[pl.Series, DefaultTexts]:
    """The comments (rows,) str of `users` (rows,) with "" where one says nothing, or is a text that
    has the `share` of all comments or more; and what these were.
    """
    says_nothing = is_empty(comments)
    texts = default_texts(comments, users, says_nothing, share)
    if texts:
        says_nothing |= comments.is_in(texts)
    some = (says_nothing & (comments != "")).arg_true()
    if not len(some):
        return comments, DefaultTexts(0, [])
    return comments.scatter(some, ""), DefaultTexts(len(some), texts)


def default_texts(
    comments: pl.Series, users: pl.Series, says_nothing: pl.Series, share: float
) -> list[str]:
    """The texts that have the share of the comments that say something, by their order."""
    written = comments.filter(~says_nothing)
    sample = written
    if len(written) > SAMPLE:
        sample = written[np.arange(SAMPLE) * len(written) // SAMPLE]
    counts = sample.alias("text").value_counts()
    is_close = pl.col("count") >= max(CLOSE * share * len(sample), 2)
    found = []
    for text in counts.filter(is_close)["text"].sort():
        accounts = users.filter(comments == text)
        enough = len(accounts) >= share * len(written)
        if enough and accounts.n_unique() >= FEWEST:
            found.append(text)
    return found
