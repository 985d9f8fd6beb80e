"""A foreign file as a file of the contract: the same rows in the same order, one record a row.

A cell stays as it is, but for what the mapping says of it: a decimal comma becomes a point, an
event the rating of its weight, a file without ratings gives PURCHASE to each row, texts are joined.
Whether a cell is right is judged where every file of the contract is read (recsys/shop_csv); a row
that cannot be taken apart stands there as one cell, so that it is refused and counted as well.
"""

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from recsys.shop_csv.contract import PRODUCTS, STAGING
from recsys.shop_csv.records import SHOWN_RAW, Block, Refused
from recsys.source.foreign_file import Row, composed, rows_of
from recsys.source.own_scale import as_stars
from recsys.source.params import (
    FileParams,
    InteractionColumns,
    ProductFiles,
    stars_of,
)

ONE_BYTE = ("cp125", "windows-125", "latin", "iso-8859", "iso8859", "mac")
EMPTY = "(empty)"  # a kind of event without a name, as people read it
PURCHASE = "5"  # the rating of a row of a file without ratings
_SPECIAL = re.compile(r'[",\n\r]')
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FORMULA = re.compile(r'(?:^|[,;\t|:])"?="')
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+")


@dataclass
class Origin:
    """Where the lines of a translated file come from, and why some of its rows are refused.

    From line `at[i]` on, a line is that of the foreign file less `shift[i]`.
    """

    at: "array[int]" = field(default_factory=lambda: array("q"))
    shift: "array[int]" = field(default_factory=lambda: array("q"))
    reasons: dict[int, str] = field(default_factory=dict)  # by line of the translation

    def add(self, at: int, line: int) -> None:
        """A row at line `at` of the translation stands at `line` of the foreign file."""
        if not self.shift or self.shift[-1] != line - at:
            self.at.append(at)
            self.shift.append(line - at)

    def line_of(self, at: int) -> int:
        """The foreign line of a line of the translation."""
        place = bisect_right(self.at, at) - 1
        return at + self.shift[place] if place >= 0 else at

    def of(self, block: Block) -> Block:
        """The block with foreign lines; its rows that have a reason here are refused."""
        if not self.at:
            return block
        refused = [self._of_row(row) for row in block.refused]
        known = np.isin(block.line, list(self.reasons))
        for place in np.flatnonzero(known).tolist():
            row = Refused(int(block.line[place]), block.raw[place], "", "")
            refused.append(self._of_row(row))
        at, shift = np.array(self.at), np.array(self.shift)
        places = np.searchsorted(at, block.line, side="right") - 1
        found = replace(block, line=block.line + shift[places], refused=refused)
        return found.rows_at(np.flatnonzero(~known)) if known.any() else found

    def _of_row(self, row: Refused) -> Refused:
        line = self.line_of(row.line)
        reason = self.reasons.get(row.line, row.reason)
        column = "rating" if reason == "source_event" else row.column
        return Refused(line, row.raw, column, reason)


@dataclass
class Counts:
    """What was converted in a file: cells, rows, and rows that were left out, by what they are."""

    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    converted: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """For metrics/merge.json, in a fixed order."""
        return {
            "rows": self.rows,
            "left_out": dict(sorted(self.left_out.items())),
            "converted": dict(sorted(self.converted.items())),
        }


class Cells(NamedTuple):
    """The cells of a row of the contract, and why it is refused all the same."""

    texts: list[str]
    reason: str = ""


class Translated(NamedTuple):
    """What is known of a file when it is translated; `names` are the first names of its products,
    by their ids as they stand.
    """

    origin: Origin
    counts: Counts
    names: dict[str, str]


def translate(
    path: Path,
    place: str,
    params: FileParams,
    out: BinaryIO,
    most: int | None = None,
) -> Translated:
    """Write the file at `path` (called `place` in messages) as one of the contract: that of a drop,
    or of products; at most so many rows of it.

    DataError: see `rows_of`.
    """
    encoding = "" if is_utf8(params) else params.encoding
    rows = islice(rows_of(path, place, params), most)
    return translate_rows(rows, params, out, encoding)


def translate_rows(
    rows: Iterable[Row],
    params: FileParams | InteractionColumns,
    out: BinaryIO,
    encoding: str = "",
) -> Translated:
    """The same of rows that are read elsewhere, of text that was in this encoding ("": UTF-8)."""
    done = Translated(Origin(), Counts(), {})
    out.write((",".join(columns_of(params)) + "\n").encode())
    at = 2
    for row in rows:
        cells = Cells([], row.reason) if row.reason else _cells(row, params, done)
        if cells is None:
            continue
        done.counts.rows += 1
        if '="' in row.text and _FORMULA.search(row.text):
            done.counts.converted['rows with ="..." of a spreadsheet'] += 1
        if encoding and not row.text.isascii():
            if _is_utf8_after_all(row.text, encoding):
                cells = Cells([], "encoding")
            else:
                done.counts.converted[f"rows from {encoding}"] += 1
        data, reason = _record(row, cells)
        if reason:
            done.origin.reasons[at] = reason
        done.origin.add(at, row.line)
        out.write(data)
        at += data.count(b"\n")
    return done


def columns_of(params: FileParams | InteractionColumns) -> tuple[str, ...]:
    """The columns of the contract that a file becomes."""
    is_products = isinstance(params, ProductFiles)
    return PRODUCTS.columns if is_products else STAGING.columns


def is_utf8(params: FileParams) -> bool:
    """Whether texts are taken as they are."""
    name = params.encoding.lower().replace("_", "-")
    return params.format == "parquet" or name in ("utf-8", "utf-8-sig", "ascii")


def _is_utf8_after_all(text: str, encoding: str) -> bool:
    """Whether a text that was read in a code page of one byte a letter is UTF-8 in truth: chance
    makes no such text.
    """
    if not encoding.lower().replace("_", "-").startswith(ONE_BYTE):
        return False
    try:
        text.encode(encoding, "surrogateescape").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _record(row: Row, cells: Cells) -> tuple[bytes, str]:
    """A record of the contract, and why it is refused where that does not show in it."""
    if cells.texts:
        try:
            return (",".join(map(_quoted, cells.texts)) + "\n").encode(), cells.reason
        except UnicodeEncodeError:  # a byte that the encoding does not have
            cells = Cells([], "encoding")
    if not row.text.isprintable() and _UNPRINTABLE.search(row.text):
        cells = Cells([], cells.reason or "control")
    shown = _UNPRINTABLE.sub(_escaped, row.text[:SHOWN_RAW])
    text = shown.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    safe = text.encode("utf-8", "backslashreplace").decode()
    return f'"{safe.replace(chr(34), chr(34) * 2)}"\n'.encode(), cells.reason


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _quoted(text: str) -> str:
    if not _SPECIAL.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _cells(
    row: Row, params: FileParams | InteractionColumns, done: Translated
) -> Cells | None:
    """The cells of a row; None if it is left out."""
    if isinstance(params, InteractionColumns):
        return _interaction(row, params, done)
    return Cells(_product(row.cells))


def _interaction(
    row: Row, params: InteractionColumns, done: Translated
) -> Cells | None:
    user, product, time, kind, name, *texts = row.cells
    if name and product not in done.names:
        done.names[product] = name
    rating, reason = _rating(kind.strip(), params, done.counts)
    if rating is None:
        return None
    comment = "\n".join(filter(None, texts)) if len(texts) != 1 else texts[0]
    return Cells([user, product, rating, comment, time], reason)


def _rating(
    kind: str, params: InteractionColumns, counts: Counts
) -> tuple[str | None, str]:
    """The rating that a cell of a rating or event becomes, None if its row is left out; and why it
    is refused.
    """
    if params.event:
        return _rating_of_event(kind, params.weights, counts)
    if not params.rating:
        counts.converted["rows without a rating, taken as 5"] += 1
        return PURCHASE, ""
    if params.decimal_comma and _DECIMAL_COMMA.fullmatch(kind):
        counts.converted["decimal commas"] += 1
        kind = kind.replace(",", ".")
    if params.scale:
        low, high = params.scale
        counts.converted[f"ratings of {low:g} to {high:g}, as 1 to 5"] += 1
        kind = as_stars(kind, params.scale)
    return kind, ""


def _rating_of_event(
    kind: str, weights: dict[str, float], counts: Counts
) -> tuple[str | None, str]:
    weight = _weight_of(kind, weights)
    if weight is None:
        return f"event {kind!r}", "source_event"
    if not weight:
        counts.left_out[kind or EMPTY] += 1
        return None, ""
    counts.converted[f"events {kind or EMPTY}, taken as {stars_of(weight):g}"] += 1
    return f"{stars_of(weight):g}", ""


def _weight_of(kind: str, weights: dict[str, float]) -> float | None:
    """The weight of a kind of event, in whichever form its accents are written."""
    if kind in weights:
        return weights[kind]
    same = composed(kind)
    found = (weight for one, weight in weights.items() if composed(one) == same)
    return next(found, None)


def _product(cells: Sequence[str]) -> list[str]:
    """The cells of a row of products; all other texts are its description."""
    product, name, brand, kind, price, *texts = cells
    description = ". ".join(text.strip() for text in texts if text.strip())
    by_name = {
        "product_id": product,
        "product_name": name,
        "brand": brand,
        "type": kind,
        "price": price,
        "processed_description": description,
    }
    return [by_name.get(column, "") for column in PRODUCTS.columns]
