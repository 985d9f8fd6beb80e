"""Comments in one form: NFKC, lower case, one blank between words."""

import polars as pl

from recsys.files.normal_forms import changed_where, normalised
from recsys.files.places import places

_ACCENTS = r"[\x{300}-\x{36F}]"
_SPACES = r"[\s\p{C}]+"
_SPACES_TO_MEND = r"[^\S ]|\p{C}|  "


def normalise(comments: pl.Series | list[str]) -> pl.Series:
    """Comments in one form, null is blank. Equal ones are looked at once."""
    texts = pl.Series("comment", comments, dtype=pl.String).fill_null("")
    distinct = texts.unique()
    if len(distinct) == len(texts):
        return normalise_each(texts)
    return normalise_each(distinct)[places(texts, distinct)]


def without_accents(texts: list[str]) -> list[str]:
    """The texts, in normal form, as they are typed without accents: đẹp lắm is dep lam."""
    bare = pl.Series(texts, dtype=pl.String).str.normalize("NFD")
    return (
        bare.str.replace_all(_ACCENTS, "")
        .str.replace_all("đ", "d", literal=True)
        .str.normalize("NFC")
        .to_list()
    )


def normalise_each(texts: pl.Series) -> pl.Series:
    """The same without a look at which are equal; no nulls."""
    lower = normalised(texts, "NFKC").str.to_lowercase()
    to_mend = lower.str.contains(_SPACES_TO_MEND)
    spaced = changed_where(
        to_mend, lower, lambda some: some.str.replace_all(_SPACES, " ")
    )
    return spaced.str.strip_chars()
