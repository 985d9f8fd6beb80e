"""Files of public corpora, the cells and strings in them, and drops that hold one in each row."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.damage.drops import COLUMNS, Quoting
from bench.damage.verdicts import Verdict, expected

TIME = "2024-01-01 10:00:00"


def files_of(corpus: Path) -> list[Path]:
    return sorted(
        path for path in corpus.rglob("*") if path.is_file() and "LICENSE" not in path.name
    )


def cells_of(path: Path) -> Iterator[str]:
    """Every cell or string in a file, as far as it can be read as what it seems to be, else its
    lines.
    """
    data = path.read_bytes()
    text = data.decode("utf-8", "surrogateescape") if path.suffix == ".json" else _decode(data)
    if path.suffix == ".json":
        try:
            yield from _strings(json.loads(text))
        except (ValueError, RecursionError):
            yield text[:5000]
    elif path.suffix in (".csv", ".tsv"):
        csv.field_size_limit(1 << 30)
        for row in csv.reader(
            io.StringIO(text, newline=""), delimiter="\t" if path.suffix == ".tsv" else ","
        ):
            yield from row
    elif path.suffix == ".txt":
        yield from text.split("\n")


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def all_cells(corpus: Path) -> list[str]:
    """Distinct cells of a corpus, in order."""
    return list(dict.fromkeys(cell for path in files_of(corpus) for cell in cells_of(path)))


def drop_of(cells: list[str], column: str, quoting: Quoting, end: str) -> bytes:
    """A drop with a cell a row in one column; the row's number stands in another."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(COLUMNS)
    key = "product_id" if column == "user_id" else "user_id"
    for at, cell in enumerate(cells):
        row = {
            "user_id": "u",
            "product_id": "p1",
            "rating": "5",
            "comment": "",
            "timestamp": TIME,
            key: f"k{at}",
            column: cell,
        }
        writer.writerow([row[name] for name in COLUMNS])
    return out.getvalue().encode("utf-8", "surrogatepass")


def check_cells(cells: list[str], column: str, verdict: Verdict) -> list[str]:
    """Faults: a cell that became another one, or was refused for another reason, or a row that
    nobody wrote.
    """
    key = "product_id" if column == "user_id" else "user_id"
    found = {row[key]: row[column] for row in verdict.accepted}
    faults = [
        f"a row that nobody wrote: {name!r:.200}"
        for name in found
        if name not in {f"k{at}" for at in range(len(cells))}
    ]
    reasons = Counter(row["reason"] for row in verdict.quarantined)
    for at, cell in enumerate(cells):
        value, reason = expected(cell, column)
        became = found.get(f"k{at}")
        if (became is None) != bool(reason) or (became is not None and became != value):
            faults.append(
                f"{column} {cell!r:.120} became {became!r:.120}, expected {value!r:.120} {reason}"
            )
        reasons[reason] -= 1
    faults += [
        f"{column}: {count} rows too many are refused as {reason}"
        for reason, count in reasons.items()
        if reason and count
    ]
    return faults
