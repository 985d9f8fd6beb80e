"""Tables of a shop, as section source.sql names them."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from ops.sql.pull import Places
from recsys.source.params import SqlRows

CREATE = (
    "CREATE TABLE reviews (id bigint, buyer text, item text, stars int, note text, "
    "written timestamp, changed timestamp)"
)
Rows = Iterable[tuple[Any, ...]]


def entry(url: str, **keys: Any) -> SqlRows:
    """A mapping of CREATE."""
    columns = {
        "url": url,
        "query": "reviews",
        "cursor": "id",
        "overlap": 100,
        "user": "buyer",
        "product": "item",
        "time": "written",
        "rating": "stars",
        "decimal_comma": False,
        "event": "",
        "weights": {},
        "text": ["note"],
        "product_name": "",
    }
    return SqlRows.model_validate(columns | keys)


def places(folder: Path) -> Places:
    """A shop's folders."""
    found = Places(*(folder / name for name in ("staging", "batches", "state")))
    for path in (found.staging, found.batches, found.state):
        path.mkdir(parents=True, exist_ok=True)
    return found


def review(number: int, *, note: str = "good", changed: str = "") -> tuple[Any, ...]:
    """A row of CREATE."""
    day = f"2024-01-{1 + number % 28:02d} 10:00:00"
    return number, f"u{number % 50}", f"p{number % 20}", 5, note, day, changed or day


def sqlite_shop(path: Path, rows: Rows = ()) -> str:
    """A database with these rows; its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(CREATE)
    add(path, rows)
    return f"sqlite:///{path}"


def add(path: Path, rows: Rows) -> None:
    """More rows."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO reviews VALUES (?,?,?,?,?,?,?)", rows)
