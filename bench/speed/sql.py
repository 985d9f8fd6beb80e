"""A database as source: what the first pull takes, and what the second one reads.

usage   python -m bench.speed.sql [--rows N] [--new N] [--out FILE]
writes  FILE            the table as Markdown; without one, to the terminal, line by line

A PostgreSQL of its own and a SQLite file hold N reviews (a million); `python -m ops.sql.command`
takes them, intake seals the drop; then come a hundred more. Each program runs in a process of its
own; rows read are those that the database has handed out.
"""

import csv
import json
import os
import re
import shlex
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from bench import command_line
from bench.house.imports import ROOT
from bench.speed import postgres
from bench.speed.cost import Cost, cost_in, cost_of
from ops.sql.address import VARIABLE

ROWS, NEW = 1_000_000, 100
HEAD = "| what | rows read | rows taken | wall s | CPU s | peak MB |\n|---|---|---|---|---|---|"
CREATE = (
    "CREATE TABLE reviews (id integer PRIMARY KEY, buyer text, item text, stars int, "
    "note text, written timestamp)"
)
COLUMNS = {
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
SAID = re.compile(r"([0-9,]+) new rows? of ([0-9,]+) read")
TAKE = """\
import sys
from datetime import UTC, datetime
from pathlib import Path
from recsys.intake import drops
staging, batches = map(Path, sys.argv[1:])
print(drops.take(staging, batches, datetime.now(UTC), 0.0))
"""
Add = Callable[[int, int], None]


def reviews(first: int, count: int) -> Iterator[tuple[int, str, str, int, str, str]]:
    """Reviews with ids from `first` on."""
    for at in range(first, first + count):
        day = f"2024-{1 + at % 12:02d}-{1 + at % 28:02d} {at % 24:02d}:{at % 60:02d}:00"
        note = f'rất tốt, "lần {at}"\nthơm; giao nhanh'
        yield at, f"u{at % 300_000}", f"p{at % 2_244}", 1 + at % 5, note, day


@contextmanager
def in_sqlite(folder: Path) -> Iterator[tuple[str, Add]]:
    """A SQLite file; its URL, and what adds reviews."""
    path = folder / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(CREATE)

        def add(first: int, count: int) -> None:
            with connection:
                insert = "INSERT INTO reviews VALUES (?,?,?,?,?,?)"
                connection.executemany(insert, reviews(first, count))

        yield f"sqlite:///{path}", add


@contextmanager
def in_postgres(_folder: Path) -> Iterator[tuple[str, Add]]:
    """A PostgreSQL; its URL, and what adds reviews."""
    with postgres.served() as server:
        server.run(f"{CREATE};")

        def add(first: int, count: int) -> None:
            path = server.folder / "rows.csv"
            with path.open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows(reviews(first, count))
            server.run(f"\\copy reviews FROM '{path}' CSV\n")
            path.unlink()

        yield server.url, add


def pulled(shop: Path) -> tuple[Cost, int, int]:
    """What a pull costs, and the rows that it has taken and read."""
    os.environ[VARIABLE] = postgres.PASSWORD
    said = shop / "said.txt"
    paths = ("--params", shop / "params.yaml", "--data", shop / "data")
    state = ("--state", shop / "state")
    into = f'exec "$0" "$@" > {shlex.quote(str(said))}'
    program = [sys.executable, "-m", "ops.sql.command", *map(str, (*paths, *state))]
    cost = cost_in(ROOT, ["sh", "-c", into, *program])
    found = SAID.search(said.read_text(encoding="utf-8"))
    taken, read = found.groups() if found else ("0", "0")
    return cost, int(taken.replace(",", "")), int(read.replace(",", ""))


def intake(shop: Path) -> Cost:
    """What it costs to seal the drop."""
    folders = (shop / "data/staging", shop / "data/batches")
    return cost_of("-c", TAKE, *map(str, folders))


def lines(scratch: Path, rows: int, new: int) -> Iterator[str]:
    """Markdown lines of both databases."""
    yield HEAD
    for name, opened in (("SQLite", in_sqlite), ("PostgreSQL", in_postgres)):
        if name == "PostgreSQL" and (why := postgres.missing()):
            yield f"| {name}: {why} | | | | | |"
            continue
        shop = scratch / name
        for folder in ("data/staging", "data/batches", "state"):
            (shop / folder).mkdir(parents=True)
        with opened(shop) as (url, add):
            table = {"url": url, "query": "reviews", "cursor": "id", "overlap": 10_000}
            source = {"interactions": [], "products": [], "sql": [table | COLUMNS]}
            (shop / "params.yaml").write_text(json.dumps({"source": source}))
            yield from _of_database(name, shop, add, rows, new)


def _of_database(name: str, shop: Path, add: Add, rows: int, new: int) -> Iterator[str]:
    """Three pulls: all, what is new, and nothing."""
    for what, first, count in (
        (f"{rows:,} rows, the first pull", 1, rows),
        (f"{new:,} more, the second", rows + 1, new),
        ("nothing new, the third", rows + new + 1, 0),
    ):
        add(first, count)
        yield _row(f"{name}: {what}", *pulled(shop))
        sealing = intake(shop)
        if first == 1:
            yield _row(f"{name}: intake of it", sealing, 0, 0)


def _row(what: str, cost: Cost, taken: int, read: int) -> str:
    left, *rest = cost.row(what).strip("| ").split(" | ")
    return f"| {left} | {read:,} | {taken:,} | {' | '.join(rest)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--new", type=int, default=NEW)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        command_line.write_lines(lines(Path(scratch), given.rows, given.new), given.out)


if __name__ == "__main__":
    main()
