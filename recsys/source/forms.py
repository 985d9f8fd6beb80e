"""Which of the mappings a file fits."""

import csv
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from recsys.shop_csv.contract import STAGING
from recsys.shop_csv.records import UTF8_BOM
from recsys.source.csv_records import Dialect
from recsys.source.foreign_file import (
    header_of,
    naming_damage,
    open_lines,
    open_unpacked,
)
from recsys.source.params import FileParams, InteractionFiles
from recsys.source.values import object_of, text_of

PARQUET_MARK = b"PAR1"
LOOKED_AT = 1 << 16  # bytes


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
        return params.needed <= set(pq.read_schema(path).names)
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
