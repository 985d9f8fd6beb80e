"""Which of the mappings a file fits."""

import csv
import difflib
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
    as_named,
    header_of,
    naming_damage,
    open_lines,
    open_unpacked,
)
from recsys.source.params import FileParams, InteractionFiles
from recsys.source.values import object_of, text_of

PARQUET_MARK = b"PAR1"
LOOKED_AT = 1 << 16  # bytes
SEPARATORS = (",", ";", "\t", "|")
LIKE = 0.6  # so like is a name to one that it may be meant for


def format_of(path: Path) -> str:
    """What kind of file it is, by its first bytes: csv, jsonl or parquet."""
    with naming_damage(str(path)), open_unpacked(path) as handle:
        start = handle.read(LOOKED_AT)
    if start.startswith(PARQUET_MARK):
        return "parquet"
    text = start.removeprefix(UTF8_BOM).lstrip()
    return "jsonl" if text.startswith(b"{") else "csv"


def is_of_contract(path: Path) -> bool:
    """Whether a drop has the header of the contract."""
    with path.open("rb") as handle:
        first = handle.readline(LOOKED_AT).removeprefix(UTF8_BOM)
    names = next(csv.reader([first.decode("utf-8", "replace").rstrip("\r\n")]), [])
    return set(STAGING.required) <= {name.strip() for name in names}


def fitting(
    path: Path, mappings: Sequence[InteractionFiles]
) -> InteractionFiles | None:
    """The first mapping whose columns the file has; one with a header line goes before one
    without.
    """
    form = format_of(path)
    named_first = sorted(mappings, key=lambda one: bool(one.header))
    for params in named_first:
        if params.format == form and _fits(path, params):
            return params
    return None


def _fits(path: Path, params: FileParams) -> bool:
    if params.format == "parquet":
        return params.needed <= set(as_named(pq.read_schema(path).names, params))
    with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
        if params.format == "csv":
            if not params.header:
                return params.needed <= set(header_of(lines, params)[0])
            first = next(lines, "").rstrip("\r\n")
            cells = Dialect(params.separator).cells(first) or []
            return len(cells) == len(params.header)
        found = [object_of(line.strip()) for line in islice(lines, 1)]
        return bool(found and found[0]) and all(
            text_of(found[0] or {}, name) for name in params.needed
        )


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
    """What the header of a CSV file lacks to fit the nearest mapping; "" if it has no column of
    any, is nearer to the contract, or not finished.

    DataError if the file is damaged.
    """
    if format_of(path) != "csv":
        return ""
    headers = [
        _Header(params, separator, _names(path, params, separator))
        for params in mappings
        if params.format == "csv" and not params.header
        for separator in dict.fromkeys((params.separator, *SEPARATORS))
    ]
    best = max(headers, key=lambda one: one.rank, default=None)
    if best is None or best.rank[0] < max(1, len(best.of_contract)):
        return ""
    return (
        f"line 1: it fits no mapping of source in params.yaml; the nearest is that of "
        f"{best.params.files[0]}: {_lack(best)}; or write it in the form of the contract "
        f"({','.join(STAGING.columns)}), or if the shop has changed its form, run `python "
        f"runner.py init` with all files again"
    )


def _names(path: Path, params: InteractionFiles, separator: str) -> list[str]:
    """The columns of a file; none if its first line has no end yet."""
    with naming_damage(str(path)), open_lines(path, params.encoding) as lines:
        first = next(lines, "")
        if not first.endswith("\n"):
            return []
        with_it = params.model_copy(update={"separator": separator})
        return header_of(chain([first], lines), with_it)[0]


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
