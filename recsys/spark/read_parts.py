"""What an executor does with parts of a file of interactions: it reads and judges them, and tells
what became of their rows. No pyspark here: it is given batches of Arrow, and gives such.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from recsys.program.errors import DataError
from recsys.shop_csv.accounts import Account, Facts
from recsys.shop_csv.contract import Limits, Table
from recsys.shop_csv.csv_file import Source, shape_of
from recsys.shop_csv.file_parts import Edge, Part, Seen, read_part
from recsys.shop_csv.header import read_header
from recsys.shop_csv.rating_scale import Ratings
from recsys.shop_csv.records import Refused
from recsys.shop_csv.reviews import Rules, judged

# rows of a part, and one row more with what is told of it
ARROW = (
    "part int, told string, user_id string, product_id string, rating double, "
    "comment string, timestamp timestamp, line long"
)
SCHEMA = pa.schema(
    [
        ("part", pa.int32()),
        ("told", pa.string()),
        ("user_id", pa.string()),
        ("product_id", pa.string()),
        ("rating", pa.float64()),
        ("comment", pa.string()),
        ("timestamp", pa.timestamp("us", "UTC")),
        ("line", pa.int64()),
    ]
)
BATCH_ROWS = 1 << 16


class Asked(NamedTuple):
    """A file, and how its rows are judged: see recsys/shop_csv/reviews.py."""

    name: str
    path: str
    table: Table
    rules: Rules
    received: datetime
    limits: Limits


@dataclass
class Told:
    """What was seen of a part, and what the account of its file is told of each block."""

    seen: Seen
    facts: list[Facts]
    has_fault: bool = False  # it holds what stops a run

    def text(self) -> str:
        """As JSON."""
        facts = [
            {
                **one._asdict(),
                "refused": [asdict(row) for row in one.refused],
                "ratings": list(one.ratings.counts.items()),
                "odd_users": sorted(one.odd_users),
                "cases": sorted(one.cases),
            }
            for one in self.facts
        ]
        seen = self.seen
        edges = [
            [edge.is_blank, edge.broken and asdict(edge.broken)]
            for edge in (seen.first, seen.last)
        ]
        return json.dumps([seen.lines, edges, seen.is_whole, facts, self.has_fault])

    @staticmethod
    def of(text: str) -> "Told":
        """What `text` gave."""
        lines, edges, is_whole, facts, has_fault = json.loads(text)
        first, last = (
            Edge(is_blank, Refused(**broken) if broken else None)
            for is_blank, broken in edges
        )
        seen = Seen(lines, first, last, is_whole)
        return Told(seen, [_facts(one) for one in facts], has_fault)

    def add_to(self, account: Account, first_line: int) -> None:
        """Tell the account; the part begins in line `first_line` of its file."""
        for one in self.facts:
            refused = [
                Refused(row.line + first_line, row.raw, row.column, row.reason)
                for row in one.refused
            ]
            account.add(one._replace(refused=refused))


def _facts(one: dict[str, Any]) -> Facts:
    known = {
        "refused": [Refused(**row) for row in one["refused"]],
        "ratings": Ratings(Counter(dict(one["ratings"]))),
        "odd_users": frozenset(one["odd_users"]),
        "cases": frozenset(one["cases"]),
    }
    return Facts(**(one | known))


def read_asked(
    asked: Asked, parts: Sequence[tuple[int, Part]], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The rows of the parts whose places in `parts` stand in the batches, with the columns of
    SCHEMA, and a row with what is told of each.
    """
    for batch in batches:
        for place in batch.column(0).to_pylist():
            number, part = parts[place]
            yield from _rows_of(asked, number, part)


def _rows_of(asked: Asked, number: int, part: Part) -> Iterator[pa.RecordBatch]:
    path = Path(asked.path)
    source = Source(asked.name, asked.path, lambda: path.open("rb"))
    with source.open() as handle:
        header = read_header(handle, path, asked.table, asked.limits.columns)
    shape, seen, facts = shape_of(header, asked.table), Seen(), []
    blocks = read_part(source, shape, part, seen, asked.limits)
    rules, received, table = asked.rules, asked.received, asked.table
    has_fault = False
    try:
        for frame, one in judged(blocks, source, table, rules, received, header.names):
            facts.append(one)
            yield from _batches(frame, number)
    except DataError:
        has_fault = True
    told = Told(seen, facts, has_fault).text()
    row = {name: [None] for name in SCHEMA.names} | {"part": [number], "told": [told]}
    yield pa.RecordBatch.from_pydict(row, schema=SCHEMA)


def _batches(frame: pl.DataFrame, number: int) -> Iterator[pa.RecordBatch]:
    told = pl.lit(None, pl.String).alias("told")
    part = pl.lit(number, pl.Int32).alias("part")
    table = frame.select(part, told, *SCHEMA.names[2:]).to_arrow()
    yield from table.cast(SCHEMA).to_batches(max_chunksize=BATCH_ROWS)
