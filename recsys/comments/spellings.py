"""How comments are spelt, and which text that is: equal ones are looked at once, and those that
were seen before not at all.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from recsys.comments import normal_form
from recsys.files import normal_forms
from recsys.files.kept_tables import Kept, read_kept, write_kept

ReadEach = Callable[[pl.Series], pl.DataFrame]

FEWEST = 20_000  # spellings that are worth a file
MANY = 50  # the file is made anew when one in so many is new


def spell(
    comments: pl.Series, cache: Path | None, read: ReadEach | None = None
) -> pl.DataFrame:
    """The distinct spellings among the comments, in no order that matters: comment, its normalised
    text, and the 128 bits of that text's hash, high and low.

    What is kept in `<cache>.spellings.*` changes speed, never results; so does who reads them, if
    it is not `read_each`.
    """
    read = read or read_each
    spellings = comments.unique().alias("comment").to_frame()
    kept = _read(cache) if cache else None
    if kept is None:
        spelt = read(spellings["comment"])
        new = len(spelt)
    else:
        joined = spellings.join(kept, on="comment", how="left")
        unknown = read(joined.filter(pl.col("text").is_null())["comment"])
        spelt = pl.concat([joined.filter(pl.col("text").is_not_null()), unknown])
        new = max(len(unknown), len(kept) - len(spelt))
    if cache and len(spelt) >= FEWEST and new * MANY > len(spelt):
        write_kept(cache.parent, _name(cache), _key(), Kept(spelt, None))
    return spelt


def read_each(spellings: pl.Series) -> pl.DataFrame:
    """The table of distinct spellings, as `spell` gives it."""
    text = normal_form.normalise_each(spellings)
    high, low = hashes(text)
    return pl.DataFrame({"comment": spellings, "text": text, "high": high, "low": low})


def hashes(texts: pl.Series) -> np.ndarray:
    """128 bits of each text's hash, (2, texts) uint64."""
    digests = b"".join(
        hashlib.blake2b(text, digest_size=16).digest()
        for text in texts.cast(pl.Binary).to_list()
    )
    return np.frombuffer(digests, dtype="<u8").reshape(-1, 2).T


def _read(cache: Path) -> pl.DataFrame | None:
    kept = read_kept(cache.parent, _name(cache), _key())
    return kept.table if kept else None


def _name(cache: Path) -> str:
    return f"{cache.stem}.spellings"


def _key() -> str:
    """What a text in normal form is a function of, beside the comment."""
    digest = hashlib.sha256(pl.__version__.encode())
    for module in (normal_form, normal_forms):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()
