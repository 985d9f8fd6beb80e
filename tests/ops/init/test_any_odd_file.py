"""Oddities of files drawn together: what is taken is right."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.program.errors import UserError
from tests.ops.init.test_odd_files import (
    HEADER,
    OFFSET,
    Truth,
    moment_of,
    project,
    taken,
)


# ---- any of them, together ----
class File(NamedTuple):
    data: bytes
    truth: Truth
    options: dict[str, Any]


WESTERN = ("good", "café", "größer als", "so, so", "it's", 'a "fine" one', "5", "")
WIDE = (*WESTERN, "tốt lắm", "👍🏽", "two\nlines", "a;b", "tab\there", "  blanks  ")
FORMS: dict[str, Callable[[datetime], str]] = {
    "iso": lambda at: f"{at.astimezone(OFFSET):%Y-%m-%d %H:%M:%S}",
    "utc": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "DMY": lambda at: f"{at.astimezone(OFFSET):%d/%m/%Y %H:%M:%S}",
    "MDY": lambda at: f"{at.astimezone(OFFSET):%m/%d/%Y %H:%M:%S}",
    "dots": lambda at: f"{at.astimezone(OFFSET):%d.%m.%Y %H:%M:%S}",
    "epoch": lambda at: f"{at.timestamp():.0f}",
}


def quoted(row: list[str], mark: str, end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator=end).writerow(row)
    return out.getvalue()


class Lines(NamedTuple):
    """The lines of a file with their ends, its separator, its line end, and the place of a row."""

    rows: list[str]
    mark: str
    end: str
    at: int

    def with_row(self, *rows: str) -> list[str]:
        """All lines, with these in the place of the row."""
        return [*self.rows[: self.at], *rows, *self.rows[self.at + 1 :]]

    @property
    def row(self) -> str:
        return self.rows[self.at]


def swapped_header(of: Lines) -> list[str]:
    """The second half comes from another export: its columns in another order."""
    found = []
    for row in (of.rows[0], *of.rows[of.at :]):
        lines = io.StringIO(row, newline="")
        cells = next(csv.reader(lines, delimiter=of.mark))
        found.append(quoted([cells[1], cells[0], *cells[2:]], of.mark, of.end))
    return [*of.rows[: of.at], *found]


def quote_more(of: Lines) -> list[str]:
    half = len(of.row) // 2
    return of.with_row(f'{of.row[:half]}"{of.row[half:]}')


def marked(rows: list[str], of: Lines) -> list[str]:
    """The rows with a separator more."""
    return [row.removesuffix(of.end) + of.mark + of.end for row in rows]


ODDITIES: dict[str, Callable[[Lines], list[str]]] = {
    "header again": lambda of: of.with_row(of.rows[0], of.row),
    "header in another order": swapped_header,
    "totals": lambda of: [*of.rows, of.mark.join(["Total", "", "9", "", ""]) + of.end],
    "preamble": lambda of: [f"Export of 2024{of.end}", *of.rows],
    "sep": lambda of: [f"sep={of.mark}{of.end}", *of.rows],
    "mark behind rows": lambda of: [of.rows[0], *marked(of.rows[1:], of)],
    "mark behind header": lambda of: [*marked(of.rows[:1], of), *of.rows[1:]],
    "mark behind all": lambda of: marked(of.rows, of),
    "blank lines": lambda of: [*of.with_row(of.end, of.row), of.end],
    "no end": lambda of: [*of.rows[:-1], of.rows[-1].removesuffix(of.end)],
    "NUL": lambda of: of.with_row("\0" + of.row),
    "byte order mark": lambda of: of.with_row("\ufeff" + of.row),
    "lost quote": lambda of: of.with_row(of.row.replace('"', "", 1)),
    "no quotes": lambda of: [row.replace('"', "") for row in of.rows],
    "a quote more": quote_more,
    "future": lambda of: of.with_row(of.row.replace("2024", "2094", 1)),
    "a row twice": lambda of: of.with_row(of.row, of.row),
    "CR CR LF": lambda of: [row.replace(of.end, f"\r{of.end}") for row in of.rows],
    "cut": lambda of: [*of.rows[: of.at], of.row[: len(of.row) // 2]],
}


@st.composite
def odd_files(draw: st.DrawFn) -> File:
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    comments = st.sampled_from(WESTERN if encoding == "cp1252" else WIDE)
    mark = draw(st.sampled_from([",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    form = draw(st.sampled_from(sorted(FORMS)))
    order = draw(st.permutations(range(5)))
    comma = draw(st.booleans())
    known: Truth = {}
    rows = [quoted([HEADER[place] for place in order], mark, end)]
    for at in range(1, 25):
        stars = at % 9 / 2 + 1
        cells = [f"{at:04}", f"p{at % 4}", f"{stars:g}", FORMS[form](moment_of(at))]
        cells[2] = cells[2].replace(".", ",") if comma else cells[2]
        cells.append(draw(comments))
        known[cells[0]] = (cells[1], stars, cells[4], moment_of(at))
        rows.append(quoted([cells[place] for place in order], mark, end))
    for name in draw(st.lists(st.sampled_from(sorted(ODDITIES)), max_size=2)):
        rows = ODDITIES[name](Lines(rows, mark, end, draw(st.integers(2, 20))))
    data = "".join(rows).encode(encoding, "replace")
    if encoding == "cp1252" and draw(st.booleans()):
        data += quoted(
            ["9999", "p1", "5", FORMS[form](moment_of(1)), "tốt"], mark, end
        ).encode()
        known["9999"] = ("p1", 5.0, "tốt", moment_of(1))
    dates = form if form in ("DMY", "MDY") else None
    return File(data, known, {"dates": dates})


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(odd_files())
def test_what_is_taken_is_right(file: File) -> None:
    with project() as shop:
        try:
            found = taken(shop, file.data, **file.options)
        except UserError:
            return
    meant = without_quotes(file.truth)
    rows = without_quotes(found).items()
    assert {user: row for user, row in rows if row != meant.get(user)} == {}, file.data


def without_quotes(rows: Truth) -> Truth:
    """Where all quotes are lost, nobody can know those of the comments."""
    return {
        user: (product, stars, comment.replace('"', ""), moment)
        for user, (product, stars, comment, moment) in rows.items()
    }
