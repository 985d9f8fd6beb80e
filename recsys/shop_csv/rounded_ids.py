"""Ids that a spreadsheet has rounded: it keeps 15 digits of a number, the others become zeros, and
many customers become one.

Of numbers of L digits, L > 15, one in 10^(L - 15) ends in zeros by chance. A file with TIMES as
many of them among its distinct ids was rounded.
"""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from recsys.files.tables import Columns
from recsys.shop_csv.oddities import Oddity, OddParams

DIGITS = 15  # that a spreadsheet keeps
TIMES = 5
FEWEST = 3  # distinct ids that were rounded: fewer tell nothing
EXAMPLES = 3
_LONG = rf"^[1-9][0-9]{{{DIGITS},}}$"


class Rounded(NamedTuple):
    """Of the `rows` of a file, how many have a rounded id; some of these ids."""

    rows: int
    rounded: int
    ids: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.rounded / max(self.rows, 1)

    @property
    def words(self) -> str:
        return f"e.g. {', '.join(map(ascii, self.ids))}" if self.ids else ""


def rounded_among(rows: Columns) -> Rounded:
    """What was rounded among the users and products of a file's interactions."""
    found = [_rounded(rows[column]) for column in ("user_id", "product_id")]
    ids = tuple(one for some in found for one in some[:EXAMPLES])[:EXAMPLES]
    if not ids:
        return Rounded(len(rows), 0, ())
    users, products = (some.implode() for some in found)
    has = rows["user_id"].is_in(users) | rows["product_id"].is_in(products)
    return Rounded(len(rows), int(has.sum()), ids)


def _rounded(ids: pl.Series) -> pl.Series:
    """The distinct ids (some,) that were rounded."""
    long = ids.filter(ids.str.len_bytes() > DIGITS).unique()
    numbers = long.filter(long.str.contains(_LONG)).sort()
    lengths = numbers.str.len_bytes()
    kept = [
        _of_length(numbers.filter(lengths == length), length)
        for length in sorted(set(lengths))
    ]
    return pl.concat([numbers[:0], *kept])


def _of_length(ids: pl.Series, length: int) -> pl.Series:
    """The rounded ones of ids of one length; none if there are no more than by chance."""
    ends = ids.filter(ids.str.slice(DIGITS).str.contains("^0+$"))
    by_chance = len(ids) * 10.0 ** (DIGITS - length)
    is_odd = len(ends) >= FEWEST and len(ends) > TIMES * by_chance
    return ends if is_odd else ends[:0]


def of_files(found: Iterable[Rounded]) -> Oddity:
    """The share of the rows of all files."""
    files = list(found)
    rows = max(sum(one.rows for one in files), 1)
    worst = max(files, key=lambda one: one.rounded)
    return Oddity(sum(one.rounded for one in files) / rows, worst.words)


def fault_of(found: Rounded, params: OddParams, fewest: int) -> str:
    """Why interactions with such ids cannot be used, and what to do; "" if they can be."""
    if found.rows < fewest or found.share <= params.rounded_ids.stop:
        return ""
    return (
        f"{found.rounded} of {found.rows} rows have ids that a spreadsheet has rounded to {DIGITS} "
        f"digits ({found.words}), so that different ones became one; take the file from the shop "
        f"as it was before, or raise merge.odd.rounded_ids.stop if the ids are such"
    )
