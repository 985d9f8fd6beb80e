"""Where what customers wrote can be found in files."""

import csv
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

LONG = 20  # characters; a shorter comment may stand in a product's text, too
ENCODINGS = ("utf-8", "utf-32-le", "unicode-escape")  # of text, of arrays, of JSON


def of_reviews(path: Path) -> list[str]:
    """All longer comments of a file of reviews."""
    with path.open(encoding="utf-8", newline="") as handle:
        found = {row["comment"] or "" for row in csv.DictReader(handle)}
    return sorted(text for text in found if len(text) >= LONG)


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, as they are and unpacked; none of one that SQLite has taken away."""
    try:
        yield path.read_bytes()
    except FileNotFoundError:
        return
    if path.suffix == ".parquet":
        yield pl.read_parquet(path).write_ndjson().encode()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def holding(paths: Iterable[Path], comments: Iterable[str]) -> list[str]:
    """The files that hold one of the comments."""
    forms = [text.encode(one) for text in comments for one in ENCODINGS]
    return [
        str(path)
        for path in paths
        if any(form in content for content in contents(path) for form in forms)
    ]
