"""The rules for ids and ratings, each with a reason for what is refused (times.py has those for
times).

Everything works on whole columns; the result for a cell depends on that cell only.
"""

import re
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recsys.shop_csv.columns import to_numpy
from recsys.shop_csv.contract import MAX_ID_LENGTH, MAX_RATING, MIN_RATING

REASON = np.dtype("U16")  # reasons of a column, "" where a cell is accepted

_RATING = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,30})?")
_CONTROL = r"[\p{Cc}\p{Zl}\p{Zp}\x{FEFF}]"

Values = TypeVar("Values")


class Read(NamedTuple, Generic[Values]):
    """A column as it was read: its values (rows,), and the reason (rows,) str for each cell that is
    refused, `""` for the others.
    """

    values: Values
    reasons: np.ndarray


class Cell(NamedTuple, Generic[Values]):
    """A cell as it was read; with a `reason` its value says nothing."""

    value: Values
    reason: str = ""


def ids(texts: pa.StringArray) -> Read[pa.StringArray]:
    """Ids (rows,) trimmed and in NFC."""
    coded = texts.dictionary_encode()
    values = pc.utf8_trim_whitespace(_in_nfc(coded.dictionary))
    length = to_numpy(pc.utf8_length(values))
    control = to_numpy(pc.match_substring_regex(values, _CONTROL))
    reasons = np.select(
        [control, length == 0, length > MAX_ID_LENGTH],
        ["id_control", "id_empty", "id_long"],
        "",
    )
    at = to_numpy(coded.indices)
    return Read(values.take(coded.indices), reasons[at] if len(at) else reasons[:0])


def _in_nfc(texts: pa.StringArray) -> pa.StringArray:
    if pc.all(pc.string_is_ascii(texts)).as_py():
        return texts
    return (
        pl.Series(pl.from_arrow(texts))
        .str.normalize("NFC")
        .to_arrow()
        .cast(pa.string())
    )


def ratings(texts: pa.StringArray) -> Read[np.ndarray]:
    """Ratings (rows,) float64, NaN where refused."""
    coded = texts.dictionary_encode()
    cells = [_rating(text) for text in coded.dictionary.to_pylist()]
    values = np.array([cell.value for cell in cells], dtype=np.float64)
    reasons = np.array([cell.reason for cell in cells], dtype=REASON)
    at = to_numpy(coded.indices)
    return Read(values[at], reasons[at])


def _rating(text: str) -> Cell[float]:
    text = text.strip(" \t")
    if not text:
        return Cell(np.nan, "rating_empty")
    if not _RATING.fullmatch(text):
        return Cell(np.nan, "rating_number")
    value = float(text)
    if not MIN_RATING <= value <= MAX_RATING:
        return Cell(np.nan, "rating_range")
    return Cell(value)
