"""The rules for ids and ratings, each with a reason for what is refused (times.py has those for
times).

An id is trimmed, in NFC, and without what nobody sees (recsys/files/normal_forms.py). What a
spreadsheet writes in the place of a long number (`8.40E+11`), or of a fault (`#REF!`), is refused:
its digits are lost.

Everything works on whole columns; the result for a cell depends on that cell only.
"""

import re
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa

from recsys.files.normal_forms import has_unseen, visible
from recsys.shop_csv.columns import OLDEST, to_numpy
from recsys.shop_csv.contract import MAX_ID_LENGTH
from recsys.shop_csv.rating_scale import STARS, Scale

REASON = np.dtype("U16")  # reasons of a column, "" where a cell is accepted

_RATING = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,30})?")
_EVENT = re.compile("event ['\"]")  # of a drop in the shop's own form, without a weight
_CONTROL = r"[\p{Cc}\p{Zl}\p{Zp}\x{FEFF}]"
# 8.40E+11, 8,4e11, 8E+11; ####; #REF!, #N/A and their like; ="0123"
_SPREADSHEET = (
    r"^(?:'?-?[0-9](?:[.,][0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}|#+"
    r"|#(?:REF|VALUE|NAME|NUM|NULL|DIV/0|SPILL|CALC)[!?]|#N/A"
    r'|="[^"]*")$'
)
# 8000.0, '8000, 007, full-width digits: a number that is not written plainly
_ODD_NUMBER = r"^['’`\p{Nd}][\p{Nd}]*(?:[.,]0+)?$"
_PLAIN_NUMBER = r"^(?:0|[1-9][0-9]*)$"
_PLAIN_ID = r"^(?:0|[1-9][0-9]*|[A-Za-z][A-Za-z0-9_-]*)$"

_CASES = {"upper": r"\p{Lu}", "lower": r"\p{Ll}"}

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


class Ids(NamedTuple):
    """A column of ids: `values` (rows,) as they are used, `reasons` (rows,) str as in `Read`; how
    many cells had something `unseen`; the distinct ids that are numbers `oddly` written; and
    whether some have capitals, and some small letters (`cases`).
    """

    values: pa.StringArray
    reasons: np.ndarray
    unseen: int
    oddly: frozenset[str]
    cases: frozenset[str] = frozenset()


def ids(texts: pa.StringArray) -> Ids:
    """Ids (rows,) trimmed, in NFC, and without what nobody sees."""
    coded = texts.dictionary_encode()
    distinct, at = pl.Series(pl.from_arrow(coded.dictionary)), to_numpy(coded.indices)
    odd = np.flatnonzero(~_is_plain(distinct))
    cases = _cases(distinct)
    if not len(odd):
        return Ids(texts, np.full(len(texts), "", dtype=REASON), 0, frozenset(), cases)
    judged = _judged(distinct[odd])
    reasons = np.full(len(distinct), "", dtype=REASON)
    reasons[odd] = judged.reasons
    unseen = np.zeros(len(distinct), dtype=bool)
    unseen[odd] = judged.unseen
    place = np.arange(len(distinct))
    place[odd] = len(distinct) + np.arange(len(odd))
    values = pl.concat([distinct, judged.values])[place]
    arrow = values.to_arrow(compat_level=OLDEST).cast("string")
    oddly = frozenset(judged.values.filter(judged.oddly))
    return Ids(
        arrow.take(coded.indices), reasons[at], int(unseen[at].sum()), oddly, cases
    )


def _cases(ids: pl.Series) -> frozenset[str]:
    """Which cases stand in ids: most shops have numbers, or one case alone."""
    return frozenset(
        case for case, letter in _CASES.items() if ids.str.contains(letter).any()
    )


def _is_plain(ids: pl.Series) -> np.ndarray:
    """Which ids (rows,) bool are used as they stand: one look at each is all that most take."""
    is_short = ids.str.len_bytes() <= MAX_ID_LENGTH
    return (is_short & ids.str.contains(_PLAIN_ID)).to_numpy()


def is_oddly_written(ids: pl.Series) -> pl.Series:
    """Which ids (rows,) bool are numbers that are not written plainly: `8000.0`, `'8000`, `007`."""
    return ids.str.contains(_ODD_NUMBER) & ~ids.str.contains(_PLAIN_NUMBER)


class _Judged(NamedTuple):
    """Ids as they are used, why they are refused, which had something unseen, and which are numbers
    oddly written.
    """

    values: pl.Series
    reasons: np.ndarray
    unseen: np.ndarray
    oddly: pl.Series


def _judged(ids: pl.Series) -> _Judged:
    trimmed = ids.str.strip_chars()
    values = visible(trimmed).str.strip_chars()
    length = values.str.len_chars().to_numpy()
    tests = {
        "id_control": trimmed.str.contains(_CONTROL).to_numpy(),
        "id_empty": length == 0,
        "id_long": length > MAX_ID_LENGTH,
        "id_spreadsheet": values.str.contains(_SPREADSHEET).to_numpy(),
    }
    reasons = np.select(list(tests.values()), list(tests), "")
    oddly = is_oddly_written(values) & pl.Series(reasons == "")
    return _Judged(values, reasons, has_unseen(trimmed).to_numpy(), oddly)


def ratings(texts: pa.StringArray, scale: Scale = STARS) -> Read[np.ndarray]:
    """Ratings (rows,) float64 as 1 to 5 stars, NaN where refused; `scale` is that of the file."""
    coded = texts.dictionary_encode()
    cells = [_rating(text, scale) for text in coded.dictionary.to_pylist()]
    values = np.array([cell.value for cell in cells], dtype=np.float64)
    reasons = np.array([cell.reason for cell in cells], dtype=REASON)
    at = to_numpy(coded.indices)
    return Read(values[at], reasons[at])


def _rating(text: str, scale: Scale) -> Cell[float]:
    text = text.strip(" \t")
    if not text:
        return Cell(np.nan, "rating_empty")
    if _EVENT.match(text):
        return Cell(np.nan, "source_event")
    if not _RATING.fullmatch(text) or (text.startswith("-") and scale.low >= 0):
        return Cell(np.nan, "rating_number")
    value = float(text)
    if not scale.low <= value <= scale.high:
        return Cell(np.nan, "rating_range")
    return Cell(scale.stars(value))
