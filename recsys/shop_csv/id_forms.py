"""Ids that are the same but for their form: `8000.0` and `8000`, `'8000`, `008000`, full-width
digits, `sku-1a` and `SKU-1A`, a Cyrillic letter that looks like a Latin one.

Ids that differ by case alone are looked for wherever ids with capitals and ids with small letters
stand together.

Nothing is ever changed by it: two ids are two. It only says that one of them stands where the other
should.
"""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

EXAMPLES = 3
# zeros of the digits of other scripts: NFKC leaves these as they are
_ZEROS = (
    "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20"
    "\u1040\u17e0"
)
_DIGITS = {chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)}
_ALIKE = dict(  # Cyrillic and Greek letters in lower case, and what they look like
    zip(
        "авсеԁһіјкмнорԛѕтухуԝαβεηικνορτυχ",
        "abcedhijkmhopqstyxywabeniknoptyx",
        strict=True,
    )
)


def form_of(ids: pl.Series) -> pl.Series:
    """What is left of ids without their form: equal for ids that differ by form only."""
    plain = (
        ids.str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_many(list(_DIGITS), list(_DIGITS.values()))
        .str.replace_many(list(_ALIKE), list(_ALIKE.values()))
    )
    whole = plain.str.replace(r"^([^\p{L}\p{N}]*[0-9]+)[.,]0+([^\p{L}\p{N}]*)$", "$1$2")
    bare = whole.str.replace_all(r"[^\p{L}\p{N}]", "")
    number = bare.str.replace(r"^0+([0-9]+)$", "$1")
    return pl.select(pl.when(number == "").then(plain).otherwise(number)).to_series()


class Forms(NamedTuple):
    """Ids that are not known as they stand, and the known ids that differ from them by form."""

    ids: pl.Series
    known: pl.Series

    def __str__(self) -> str:
        """Some of both, for a message."""
        pairs = zip(self.ids[:EXAMPLES], self.known[:EXAMPLES], strict=True)
        return ", ".join(f"{one!a} for {other!a}" for one, other in pairs)


def in_another_form(ids: pl.Series, known: pl.Series) -> Forms:
    """Which of `ids` (distinct), none of them known, are `known` (distinct) in another form."""
    ours = pl.DataFrame({"id": ids, "form": form_of(ids)})
    theirs = pl.DataFrame({"known": known, "form": form_of(known)})
    found = ours.join(theirs.unique("form", maintain_order=True), on="form").sort("id")
    return Forms(found["id"], found["known"])


def in_both_forms(ids: pl.Series, odd: Iterable[str]) -> Forms:
    """The oddly written numbers whose plain form stands among `ids` (rows,), too."""
    written = pl.Series("id", sorted(odd), dtype=pl.String)
    plain = form_of(written)
    there = ids.filter(ids.is_in(plain.implode())).unique()
    both = plain.is_in(there.implode()) & (plain != written)
    return Forms(written.filter(both), plain.filter(both))


class Cases(NamedTuple):
    """Ids that differ from another one by case alone: the rarer ones, what they stand beside, and
    the `share` of the rows that have them.
    """

    forms: Forms
    share: float


def in_two_cases(ids: pl.Series) -> Cases:
    """Which of the ids (rows,) stand there in another case, too."""
    counts = ids.alias("id").value_counts()
    lower = counts.with_columns(lower=pl.col("id").str.to_lowercase())
    doubled = lower.filter(pl.col("lower").is_duplicated())
    ordered = doubled.sort("lower", "count", "id", descending=[False, True, False])
    first = ordered.unique("lower", keep="first", maintain_order=True)
    others = ordered.join(
        first.select("id"), on="id", how="anti", maintain_order="left"
    )
    beside = others.join(first, on="lower", suffix="_first", maintain_order="left")
    share = int(others["count"].sum()) / max(len(ids), 1)
    return Cases(Forms(beside["id"], beside["id_first"]), share)
