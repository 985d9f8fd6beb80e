"""Comments in one form: NFKC, lower case, one blank between words."""

from collections.abc import Callable

import numpy as np
import polars as pl

# Texts of these characters alone are in NFKC as they stand: ASCII, the letters of Vietnamese,
# dashes and quotes, signs and smileys. Most texts are, and to look is six times as fast.
PLAIN = (
    r"\t\n\r -~ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ"
    r"\x{2010}\x{2013}-\x{2016}\x{2018}-\x{201E}\x{2022}\x{2600}-\x{27BF}\x{1F300}-\x{1FAFF}"
)
_SPACES = r"[\s\p{C}]+"
_SPACES_TO_MEND = r"[^\S ]|\p{C}|  "


def normalise(comments: pl.Series | list[str]) -> pl.Series:
    """Comments in one form, null is blank. Equal ones are looked at once."""
    texts = pl.Series("comment", comments, dtype=pl.String).fill_null("")
    distinct = texts.unique()
    if len(distinct) == len(texts):
        return normalise_each(texts)
    return normalise_each(distinct)[places(texts, distinct)]


def places(texts: pl.Series, distinct: pl.Series) -> np.ndarray:
    """The place of each text among the `distinct` ones, (rows,) int64 (by a join: a cast to Enum
    takes three times as long).
    """
    known = distinct.alias("text").to_frame().with_row_index("place")
    rows = texts.alias("text").to_frame()
    found = rows.join(known, on="text", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).to_numpy()


def normalise_each(texts: pl.Series) -> pl.Series:
    """The same without a look at which are equal; no nulls."""
    normal = _where(
        ~texts.str.contains(f"^[{PLAIN}]*$"),
        texts,
        lambda some: some.str.normalize("NFKC"),
    )
    lower = normal.str.to_lowercase()
    spaced = _where(
        lower.str.contains(_SPACES_TO_MEND),
        lower,
        lambda some: some.str.replace_all(_SPACES, " "),
    )
    return spaced.str.strip_chars()


def _where(
    which: pl.Series, texts: pl.Series, change: Callable[[pl.Series], pl.Series]
) -> pl.Series:
    """The texts with a change to those that are marked."""
    changed = np.flatnonzero(which.to_numpy())
    place = np.arange(len(texts))
    place[changed] = len(texts) + np.arange(len(changed))
    return pl.concat([texts, change(texts[changed])])[place]
