"""Sound drops of the web app, in which each user has one row, written as a correct writer writes
them.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, TypeVar

from numpy.random import Generator

COLUMNS = ("user_id", "product_id", "rating", "comment", "timestamp")
REQUIRED = ("user_id", "product_id", "rating", "timestamp")
ZONE = timezone(timedelta(hours=7))
PLAIN_COMMENTS = (
    "",
    "tốt lắm",
    "good",
    "a;b",
    "1,5 sao",
    "x, y, z",
    "thơm | bền",
    "tab\there",
    "  spaces  ",
    "👍🏽",
    "#1",
)
AWKWARD_COMMENTS = (
    'nói "tốt"', '"', '""', ",", "\n", "line\nline", "crlf\r\nline", "\nfirst empty", "last empty\n", "it's",
    "back\\slash", '\\"', "'", '",', ',"', '","', "=1+1", "sep=;", "user_id,product_id", "NaN", "NULL",
    "e\u0301", "\u202eabc", "a\u2028b",
)  # fmt: skip
T = TypeVar("T")
Cells = list[str]
Quoting = Literal[0, 1, 2, 3]  # of the csv module
Row = dict[str, str]


@dataclass(frozen=True)
class Sound:
    """A drop in which all is right: `columns` in their order, a row a user, and the dialect that it
    is written in.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    when: dict[str, datetime] = field(repr=False)
    quoting: Quoting = csv.QUOTE_MINIMAL
    end: str = "\n"

    def cells(self) -> list[Cells]:
        return [[row[name] for name in self.columns] for row in self.rows]

    def truth(self) -> dict[str, tuple[str, float, str, datetime]]:
        """By user: product, rating, comment and time in UTC."""
        return {
            row["user_id"]: (
                row["product_id"],
                float(row["rating"]),
                row["comment"],
                self.when[row["user_id"]],
            )
            for row in self.rows
        }


def sound(
    rng: Generator, comments: Sequence[str] = PLAIN_COMMENTS + AWKWARD_COMMENTS, rows: int = 12
) -> Sound:
    """A sound drop of `rows` rows, with its columns in any order, times with and without offset,
    seconds never 0.
    """
    made, when = [], {}
    for at in range(rows):
        moment = datetime(2024, 1, 1, 1, 1, 1, tzinfo=UTC) + timedelta(
            days=int(rng.integers(300)), seconds=int(rng.integers(59)), hours=int(rng.integers(20))
        )
        local = moment.astimezone(ZONE)
        texts = (
            local.isoformat(),
            f"{local:%Y-%m-%d %H:%M:%S}",
            f"{local:%Y-%m-%dT%H:%M:%S}",
            f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        )
        user = f"{pick(rng, ('u', 'ngọc ', '00'))}{at}"
        when[user] = moment
        made.append({
            "user_id": user, "product_id": f"p{rng.integers(5)}", "rating": pick(rng, ("1", "2", "3", "4", "5", "4.5")),
            "comment": pick(rng, comments), "timestamp": pick(rng, texts), "page": str(rng.integers(99)),
        })  # fmt: skip
    names = list(COLUMNS) + ["page"] * int(rng.integers(2))
    columns = COLUMNS if rng.random() < 0.4 else tuple(str(name) for name in rng.permutation(names))
    quotings: tuple[Quoting, ...] = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
    return Sound(columns, tuple(made), when, pick(rng, quotings), pick(rng, ("\n", "\r\n")))


def pick(rng: Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def text_of(
    file: Sound,
    header: Sequence[str] | None = None,
    rows: Sequence[Cells] | None = None,
    **dialect: Any,
) -> str:
    """The file as a correct writer writes it, but for what is given."""
    out = io.StringIO(newline="")
    style: dict[str, Any] = {"quoting": file.quoting, "lineterminator": file.end}
    writer = csv.writer(out, **style | dialect)
    writer.writerows(
        [file.columns if header is None else header, *(file.cells() if rows is None else rows)]
    )
    return out.getvalue()


def spoil(file: Sound, at: int, cells: Cells) -> list[Cells]:
    """All rows, with these cells at one place."""
    rows = file.cells()
    return [*rows[:at], cells, *rows[at + 1 :]]


def everyone(file: Sound) -> set[str]:
    return {row["user_id"] for row in file.rows}


Damaged = tuple[
    bytes, set[str], Sound
]  # the damaged file, the users whose rows are spoilt, the sound file
