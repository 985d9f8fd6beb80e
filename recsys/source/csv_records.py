"""Records of CSV text of any separator, each with its line; one that is not whole says why.

The rules for quotes are those of recsys/shop_csv/records.py: a quote opens a cell at its very
beginning and closes it at its very end, `""` stands for one inside. A quote elsewhere costs its
line, and reading goes on at the next one, so that no lost quote swallows the rows behind it. A
spreadsheet keeps the zeros of a number by writing it as a formula, `="0123"`: that is the text
0123, also where the formula stands in quotes.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from recsys.shop_csv.records import MAX_RECORD_BYTES

# Excel's own; it may be quoted, or padded to the width of the table
SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(.)"?\1*\r?\n?$', re.IGNORECASE)


FORMULA = re.compile(r'="(?:[^"]|"")*"')


class Record(NamedTuple):
    """Cells that stand on line `line` (1-based) and maybe the next ones; with a `reason` (a code of
    recsys/shop_csv/reasons.py) there are none.
    """

    line: int
    text: str
    cells: list[str]
    reason: str = ""


class Dialect:
    """How cells are separated."""

    def __init__(self, separator: str) -> None:
        self.separator = separator

    @cached_property
    def _cell(self) -> re.Pattern[str]:
        separator = re.escape(self.separator)
        return re.compile(rf'=?"(?:[^"]|"")*"|(?:(?!{separator})[^"])*')

    @cached_property
    def well_quoted(self) -> re.Pattern[str]:
        """A whole record whose quotes are in order."""
        cell = f"(?:{self._cell.pattern})"
        return re.compile(f"{cell}(?:{re.escape(self.separator)}{cell})*")

    def cells(self, text: str) -> list[str] | None:
        """The cells of a record; None if its quotes are not in order."""
        if '"' not in text:
            return text.split(self.separator)
        if not self.well_quoted.fullmatch(text):
            return None
        return self._unquoted(text)

    def _unquoted(self, text: str) -> list[str]:
        """The cells of a well quoted record."""
        cells, at = [], 0
        while at <= len(text):
            found = self._cell.match(text, at)
            assert found  # noqa: S101 - it matches the empty text, too
            cells.append(_plain(found[0]))
            at = found.end() + len(self.separator)
        return cells


def _plain(cell: str) -> str:
    """The text of a cell without its quotes."""
    if cell.startswith('"'):
        cell = cell[1:-1].replace('""', '"')
    if cell.startswith('="') and FORMULA.fullmatch(cell):
        return cell[2:-1].replace('""', '"')
    return cell


def records(lines: Iterable[str], dialect: Dialect) -> Iterator[Record]:
    """The records of a text whose `lines` keep their ends; blank lines are none.

    A last line without its end may be cut off anywhere: its reason is `unfinished`.
    """
    source, ahead, number = iter(lines), deque[str](), 1
    while (first := ahead.popleft() if ahead else next(source, None)) is not None:
        taken = _until_even(first, source, ahead)
        record = _record("".join(taken), number, dialect)
        if record.reason == "quote":  # the next line may begin a row
            ahead.extendleft(reversed(taken[1:]))
            taken = taken[:1]
            record = Record(number, first.rstrip("\r\n"), [], "quote")
        if record.text:
            yield record
        number += len(taken)


def _until_even(first: str, source: Iterator[str], ahead: deque[str]) -> list[str]:
    """The lines up to the one that makes the quotes even; `first` alone if that is too far away.
    What was looked at in vain stands in `ahead` again.
    """
    taken, quotes, size = [first], first.count('"'), len(first)
    while quotes % 2 and size <= MAX_RECORD_BYTES:
        line = ahead.popleft() if ahead else next(source, None)
        if line is None:
            break
        taken.append(line)
        quotes += line.count('"')
        size += len(line)
    if quotes % 2 == 0:
        return taken
    ahead.extendleft(reversed(taken[1:]))
    return taken[:1]


def _record(text: str, number: int, dialect: Dialect) -> Record:
    has_ended = text.endswith("\n")
    text = text.removesuffix("\n").removesuffix("\r")
    cells = dialect.cells(text)
    if cells is None:
        return Record(number, text, [], "quote")
    return Record(number, text, cells, "" if has_ended else "unfinished")
