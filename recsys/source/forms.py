"""Which of the mappings a file fits."""

import csv
import difflib
import re
import unicodedata
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.records import UTF8_BOM
from recsys.source.csv_records import Dialect
from recsys.source.foreign_file import (
    MOST_HEADER_LINES,
    as_named,
    header_of,
    naming_damage,
    open_lines,
    open_unpacked,
)
from recsys.source.json_keys import all_keys, filled_keys
from recsys.source.params import InteractionFiles

PARQUET_MARK = b"PAR1"
LOOKED_AT = 1 << 16  # bytes
SEPARATORS = (",", ";", "\t", "|")
LIKE = 0.6  # so like is a name to one that it may be meant for
CR = "\r"
CR_ENDS = "its lines end in CR only; save it with LF or CRLF line ends"
OPEN_QUOTE = "a quote is opened and never closed, so all its lines are one; close it"
_QUOTED = re.compile(r'"[^"]*"')


def format_of(path: Path) -> str:
    """What kind of file it is, by its first bytes: csv, jsonl or parquet."""
    with naming_damage(str(path)), open_unpacked(path) as handle:
        start = handle.read(LOOKED_AT)
    if start.startswith(PARQUET_MARK):
        return "parquet"
    text = start.removeprefix(UTF8_BOM).lstrip()
    return "jsonl" if text.startswith(b"{") else "csv"


def quote_is_open(path: Path, params: InteractionFiles) -> bool:
    """Whether a CSV file without a row is one of several lines, which an open quote makes one."""
    if params.format != "csv":
        return False
    with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
        text = "".join(islice(lines, MOST_HEADER_LINES))
    return len(text.split()) > 1 and text.count('"') % 2 == 1


def is_of_contract(path: Path) -> bool:
    """Whether a drop has the header of the contract."""
    return bool(_columns_of_contract(path))


def _columns_of_contract(path: Path) -> set[str]:
    """The columns of the contract that a drop has; none if it lacks one that is needed."""
    with path.open("rb") as handle:
        first = handle.readline(LOOKED_AT).removeprefix(UTF8_BOM)
    text = first.decode("utf-8", "replace").rstrip("\r\n")
    try:
        names = {name.strip() for name in next(csv.reader([text]), [])}
    except csv.Error:  # a CR in it: packed, Parquet, or lines that end in CR alone
        return set()
    return names & set(STAGING.columns) if set(STAGING.required) <= names else set()


def fitting(
    path: Path, mappings: Sequence[InteractionFiles]
) -> InteractionFiles | None:
    """The mapping whose columns the file has; of several the one that reads most of them, so that
    ratings are not taken for purchases. One with a header line goes before one without.
    """
    form = format_of(path)
    known = [
        (one, count)
        for one in mappings
        if one.format == form and (count := len(_read_by(one, path)))
    ]
    best = min(known, key=lambda one: (bool(one[0].header), -one[1]), default=None)
    return best[0] if best else None


def reads_more(path: Path, params: InteractionFiles) -> bool:
    """Whether a mapping that fits reads more columns of a drop than the contract does."""
    return len(_read_by(params, path)) > len(_columns_of_contract(path))


def _read_by(params: InteractionFiles, path: Path) -> set[str]:
    """The columns of the file that a mapping reads; none if it lacks one that is needed."""
    names = _names_in(path, params)
    return names & set(params.columns) if params.needed <= names else set()


def _names_in(path: Path, params: InteractionFiles) -> set[str]:
    """The columns of a file of this format, as the mapping writes them."""
    if params.format == "parquet":
        return set(_of_parquet(path, params))
    with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
        if params.format == "jsonl":
            return filled_keys(lines, params)
        first = next(lines, "")
        if ends_in_cr(first):
            return set()
        if not params.header:
            return set(header_of(chain([first], lines), params)[0])
        return set(params.header) if _is_row(first, params) else set()


def _of_parquet(path: Path, params: InteractionFiles) -> list[str]:
    with naming_damage(str(path)):
        return as_named(pq.read_schema(path).names, params)


def ends_in_cr(first: str) -> bool:
    """Whether a first line has more than one line in it, each with CR at its end."""
    return "\r" in _QUOTED.sub("", first.strip("\r\n"))


def _is_row(first: str, params: InteractionFiles) -> bool:
    """Whether the first line of a file without a header line is a row: its time has a digit."""
    cells = _cells_of(first, params)
    at = params.header.index(params.time)
    return len(cells) == len(params.header) and any(map(str.isdigit, cells[at]))


def _cells_of(first: str, params: InteractionFiles) -> list[str]:
    return Dialect(params.separator).cells(first.rstrip("\r\n")) or []


# ---- a file that fits none ----
class _Header(NamedTuple):
    """The columns of a file, taken apart in the way of a mapping, or by another separator."""

    params: InteractionFiles
    separator: str
    names: list[str]

    @property
    def rank(self) -> tuple[int, bool]:
        """How near it is: columns in common, and whether it is separated as it should be."""
        plain = set(map(_plain, self.names))
        common = sum(_plain(name) in plain for name in self.params.needed)
        return common, self.separator == self.params.separator

    @property
    def of_contract(self) -> set[str]:
        """The columns that the contract needs, too."""
        return set(self.names) & set(STAGING.required)


def difference(path: Path, mappings: Sequence[InteractionFiles]) -> str:
    """What the columns of a file lack to fit the nearest mapping; "" if it has no column of any, is
    nearer to the contract, or not finished.

    DataError if the file is damaged.
    """
    kind = format_of(path)
    headers = [
        _Header(params, separator, names_in(path, params, separator))
        for params in mappings
        if params.format == kind and not params.header
        for separator in _separators(params)
    ]
    best = max(headers, key=lambda one: one.rank, default=None)
    if best is None or best.rank[0] < max(1, len(best.of_contract)):
        return "" if kind != "csv" else _named(path, mappings)
    if kind == "csv" and _first_ends_in_cr(path, best.params):
        return f"line 1: {CR_ENDS}"
    if any("\0" in name for name in best.names):
        return (
            f"line 1: it seems to be in UTF-16, and its like ({best.params.files[0]}) in "
            f"{best.params.encoding}; save it in that"
        )
    where = "its columns" if kind == "parquet" else "line 1"
    return (
        f"{where}: it fits no mapping of source in params.yaml; the nearest is that of "
        f"{best.params.files[0]}: {_lack(best)}; or write it in the form of the contract "
        f"({','.join(STAGING.columns)}), or if the shop has changed its form, run `python "
        f"runner.py init` with all files again"
    )


def _named(path: Path, mappings: Sequence[InteractionFiles]) -> str:
    """That a file has names in its first line, where those of a mapping begin with a row; "" if it
    has none.
    """
    for params in mappings:
        if params.format != "csv" or not params.header:
            continue
        with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
            first = next(lines, "")
        if ends_in_cr(first) and _is_row(first.split(CR, 1)[0], params):
            return f"line 1: {CR_ENDS}"
        names = _cells_of(first, params)
        is_like = len(names) == len(params.header) and not _is_row(first, params)
        if is_like and first.endswith("\n"):
            roles = {
                params.user: "user",
                params.product: "product",
                params.time: "time",
            }
            roles |= {params.rating: "rating", params.event: "event"}
            order = ", ".join(roles.get(name, name) for name in params.header)
            return (
                f"line 1: it is no row (found: {', '.join(map(repr, names))[:300]}), and files "
                f"like {params.files[0]} begin with one; bring the columns into their order "
                f"({order}), and take line 1 out"
            )
    return ""


def _separators(params: InteractionFiles) -> Sequence[str]:
    """The separators that a file may have; of what is no CSV that of the mapping, which says
    nothing.
    """
    others = SEPARATORS if params.format == "csv" else ()
    return list(dict.fromkeys((params.separator, *others)))


def names_in(
    path: Path, params: InteractionFiles, separator: str | None = None
) -> list[str]:
    """The columns of a file; none if its first line has no end yet."""
    if params.format == "parquet":
        return _of_parquet(path, params)
    with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
        first = next(lines, "")
        if params.format == "csv" and ends_in_cr(first):
            first = f"{first.lstrip().split(CR, 1)[0]}\n"
        if not first.endswith("\n"):
            return []
        if params.format == "jsonl":
            return all_keys(chain([first], lines), params)
        mark = separator or params.separator
        with_it = params.model_copy(update={"separator": mark})
        return header_of(chain([first], lines), with_it)[0]


def _first_ends_in_cr(path: Path, params: InteractionFiles) -> bool:
    with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
        return ends_in_cr(next(lines, ""))


def _lack(header: _Header) -> str:
    """What is to be mended."""
    mends = []
    if header.separator != header.params.separator:
        mends.append(
            f"separate the columns by {header.params.separator!r}, not by {header.separator!r}"
        )
    free = [name for name in header.names if name not in header.params.columns]
    for name in sorted(header.params.needed - set(header.names)):
        found = _likest(name, free)
        mends.append(f"rename {found!r} to {name!r}" if found else f"add {name!r}")
    there = ", ".join(map(repr, header.names))[:300]
    return f"{' and '.join(mends)} (found: {there})"


def _likest(name: str, found: Sequence[str]) -> str:
    by_plain = {_plain(one): one for one in reversed(found)}
    like = difflib.get_close_matches(_plain(name), by_plain, 1, LIKE)
    return by_plain[like[0]] if like else ""


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))
