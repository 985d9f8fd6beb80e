"""Files of public corpora, the cells and strings in them, and drops that hold one in each row."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.damage.drops import COLUMNS, Quoting
from bench.damage.expected import expected
from bench.damage.verdicts import Verdict

TIME = "2024-01-01 10:00:00"
LONGEST_CELL = 1 << 30
SHOWN_TEXT = 5000  # of a JSON file that is none, so many characters are one cell


def files_of(corpus: Path) -> list[Path]:
    """All files of a corpus but its licences, by path."""
    paths = corpus.rglob("*")
    return sorted(
        path for path in paths if path.is_file() and "LICENSE" not in path.name
    )


def all_cells(corpus: Path) -> list[str]:
    """Distinct cells of a corpus, in order."""
    return list(
        dict.fromkeys(cell for path in files_of(corpus) for cell in cells_of(path))
    )


def cells_of(path: Path) -> Iterator[str]:
    """Every cell or string of a file, as far as it can be read as what it seems to be."""
    data = path.read_bytes()
    if path.suffix == ".json":
        yield from strings_of_json(data.decode("utf-8", "surrogateescape"))
    elif path.suffix in (".csv", ".tsv"):
        csv.field_size_limit(LONGEST_CELL)
        lines = io.StringIO(decoded(data), newline="")
        for row in csv.reader(lines, delimiter="\t" if path.suffix == ".tsv" else ","):
            yield from row
    elif path.suffix == ".txt":
        yield from decoded(data).split("\n")


def decoded(data: bytes) -> str:
    """The text in UTF-8, or else in Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def strings_of_json(text: str) -> Iterator[str]:
    """All strings and keys of a JSON text, or the text itself where it is no JSON."""
    try:
        yield from strings_of(json.loads(text))
    except (ValueError, RecursionError):
        yield text[:SHOWN_TEXT]


def strings_of(value: Any) -> Iterator[str]:
    """All strings and keys of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)


def key_column(column: str) -> str:
    """The column that holds the row's number while cells are put into this one."""
    return "product_id" if column == "user_id" else "user_id"


def drop_of(cells: list[str], column: str, quoting: Quoting, end: str) -> bytes:
    """A drop with a cell a row in one column; the row's number stands in another."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(COLUMNS)
    sound = {
        "user_id": "u",
        "product_id": "p1",
        "rating": "5",
        "comment": "",
        "timestamp": TIME,
    }
    for at, cell in enumerate(cells):
        row = sound | {key_column(column): f"k{at}", column: cell}
        writer.writerow([row[name] for name in COLUMNS])
    return out.getvalue().encode("utf-8", "surrogatepass")


def check_cells(cells: list[str], column: str, verdict: Verdict) -> list[str]:
    """Faults of a merged drop of `drop_of`.

    A cell that became another one, or was refused for another reason, or a row that nobody wrote.
    """
    key = key_column(column)
    found = {row[key]: row[column] for row in verdict.accepted}
    written = {f"k{at}" for at in range(len(cells))}
    faults = [
        f"a row that nobody wrote: {name!r:.200}"
        for name in found
        if name not in written
    ]
    reasons = verdict.reasons()
    for at, cell in enumerate(cells):
        value, reason = expected(cell, column)
        became = found.get(f"k{at}")
        is_refused = became is None
        if is_refused != bool(reason) or (not is_refused and became != value):
            wanted = f"expected {value!r:.120} {reason}"
            faults.append(f"{column} {cell!r:.120} became {became!r:.120}, {wanted}")
        reasons[reason] -= 1
    return faults + wrong_reasons(reasons, column)


def wrong_reasons(left: Counter[str], column: str) -> list[str]:
    """A fault for each reason that refused more or fewer rows than it should."""
    return [
        f"{column}: {count} rows too many are refused as {reason}"
        for reason, count in left.items()
        if reason and count
    ]
