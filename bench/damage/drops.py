"""Sound drops of the web app, with one row a user, written as a correct writer writes them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal, NamedTuple, TypeVar

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
    'nói "tốt"', '"', '""', ",", "\n", "line\nline", "crlf\r\nline", "\nfirst empty",
    "last empty\n", "it's", "back\\slash", '\\"', "'", '",', ',"', '","', "=1+1", "sep=;",
    "user_id,product_id", "NaN", "NULL", "e\u0301", "\u202eabc", "a\u2028b",
)  # fmt: skip
T = TypeVar("T")
Cells = list[str]
Quoting = Literal[0, 1, 2, 3]  # of the csv module
Row = dict[str, str]
Truth = tuple[str, float, str, datetime]  # product, rating, comment, time in UTC


@dataclass(frozen=True)
class Sound:
    """A drop in which all is right: `columns` in their order, a row a user, and its dialect."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    when: dict[str, datetime] = field(repr=False)  # by user, in UTC
    quoting: Quoting = csv.QUOTE_MINIMAL
    end: str = "\n"

    def cells(self) -> list[Cells]:
        """The rows in the order of the columns."""
        return [[row[name] for name in self.columns] for row in self.rows]

    def lines(self, rows: Sequence[Cells] | None = None) -> list[str]:
        """The text of each row (or of these), with its line end, and without the header."""
        cells = self.cells() if rows is None else rows
        return [text_of(self, rows=[row]).split(self.end, 1)[1] for row in cells]

    def header(self) -> str:
        """The text of the header, with its line end."""
        return text_of(self, rows=[])

    def truth(self) -> dict[str, Truth]:
        """What stands in each row, by user."""
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
    rng: Generator,
    comments: Sequence[str] = PLAIN_COMMENTS + AWKWARD_COMMENTS,
    rows: int = 12,
) -> Sound:
    """A sound drop of `rows` rows.

    Its columns are in any order, times with and without offset, seconds never 0.
    """
    made, when = [], {}
    for at in range(rows):
        moment = draw_moment(rng)
        texts = time_texts(moment)
        user = f"{pick(rng, ('u', 'ngọc ', '00'))}{at}"
        when[user] = moment
        row = {
            "user_id": user,
            "product_id": f"p{rng.integers(5)}",
            "rating": pick(rng, ("1", "2", "3", "4", "5", "4.5")),
            "comment": pick(rng, comments),
            "timestamp": pick(rng, texts),
            "page": str(rng.integers(99)),
        }
        made.append(row)
    names = list(COLUMNS) + ["page"] * int(rng.integers(2))
    columns = (
        COLUMNS
        if rng.random() < 0.4
        else tuple(str(name) for name in rng.permutation(names))
    )
    quotings: tuple[Quoting, ...] = (
        csv.QUOTE_MINIMAL,
        csv.QUOTE_ALL,
        csv.QUOTE_NONNUMERIC,
    )
    return Sound(
        columns, tuple(made), when, pick(rng, quotings), pick(rng, ("\n", "\r\n"))
    )


def draw_moment(rng: Generator) -> datetime:
    """A time of 2024 in UTC."""
    days, seconds, hours = rng.integers(300), rng.integers(59), rng.integers(20)
    passed = timedelta(days=int(days), seconds=int(seconds), hours=int(hours))
    return datetime(2024, 1, 1, 1, 1, 1, tzinfo=UTC) + passed


def time_texts(moment: datetime) -> tuple[str, ...]:
    """The time as writers write it, with and without offset."""
    local = moment.astimezone(ZONE)
    return (
        local.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S}",
        f"{local:%Y-%m-%dT%H:%M:%S}",
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
    )


def pick(rng: Generator, choices: Sequence[T]) -> T:
    """One of the choices, all equally likely."""
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
    writer.writerow(file.columns if header is None else header)
    writer.writerows(file.cells() if rows is None else rows)
    return out.getvalue()


def spoil(file: Sound, at: int, cells: Cells) -> list[Cells]:
    """All rows, with these cells at one place."""
    rows = file.cells()
    return [*rows[:at], cells, *rows[at + 1 :]]


def everyone(file: Sound) -> set[str]:
    """All users of the file."""
    return {row["user_id"] for row in file.rows}


class Damaged(NamedTuple):
    """A damaged file, the users whose rows are spoilt for certain, and the sound file."""

    data: bytes
    spoilt: set[str]
    file: Sound
