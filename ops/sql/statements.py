"""The few statements that a table is read with: a SELECT around the table or query of the shop."""

import re
from collections.abc import Sequence

from recsys.program.errors import ConfigError
from recsys.source.params import SqlRows

TABLE = re.compile(r"[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*")
ALIAS = "shop_rows"
_SELECT = re.compile(r"\s*(?:SELECT|WITH|VALUES)\b", re.IGNORECASE)
_FROM = re.compile(r'\bFROM\s+(?:[\w"$]+\.)*"?([A-Za-z0-9]\w*)', re.IGNORECASE)


def source_of(query: str) -> str:
    """What stands behind FROM. ConfigError if it is neither a table nor a query."""
    text = query.strip().rstrip(";").rstrip()
    if TABLE.fullmatch(text):
        return f"{text} AS {ALIAS}"
    if not _SELECT.match(text):
        raise ConfigError(
            f"{text[:60]!r} is neither the name of a table nor a SELECT; write e.g. "
            f'reviews, or "SELECT * FROM reviews WHERE visible"'
        )
    return f"(\n{text}\n) AS {ALIAS}"  # its last line may end in a comment


def label_of(query: str) -> str:
    """The name of its first table, in letters and digits."""
    text = query.strip().rstrip(";")
    name = text.rpartition(".")[2] if TABLE.fullmatch(text) else ""
    if not name and (found := _FROM.search(text)):
        name = found[1]
    return re.sub(r"[^A-Za-z0-9]", "", name)[:40] or "query"


def quoted(column: str) -> str:
    """A column as SQL names it."""
    return f'{ALIAS}."{column.replace(chr(34), chr(34) * 2)}"'


def new_rows(entry: SqlRows, columns: Sequence[str], low: str, to_text: str) -> str:
    """All rows whose cursor is above `low` ("": all that have one), the lowest first; `to_text`
    stands behind each column.
    """
    cells = ", ".join(f"{quoted(column)}{to_text}" for column in columns)
    cursor = quoted(entry.cursor)
    above = f"> {literal(low)}" if low else "IS NOT NULL"
    return (
        f"SELECT {cells} FROM {source_of(entry.query)} WHERE {cursor} {above} "
        f"ORDER BY {cursor}"
    )


def first_rows(query: str, columns: Sequence[str], to_text: str, most: int) -> str:
    """At most so many rows, of all columns."""
    cells = ", ".join(f"{quoted(column)}{to_text}" for column in columns)
    return f"SELECT {cells} FROM {source_of(query)} LIMIT {most}"


def no_rows(query: str) -> str:
    """A SELECT that only tells the columns."""
    return f"SELECT * FROM {source_of(query)} LIMIT 0"


def counts(entry: SqlRows, low: str, to_text: str) -> str:
    """How many rows have no cursor, how many stand at or below `low`, and how many above it."""
    cursor = quoted(entry.cursor)
    at = f"{cursor} <= {literal(low)}" if low else "1 = 0"
    tests = (f"{cursor} IS NULL", at, f"{cursor} IS NOT NULL AND NOT ({at})")
    cells = ", ".join(f"count(CASE WHEN {test} THEN 1 END){to_text}" for test in tests)
    return f"SELECT {cells} FROM {source_of(entry.query)}"


def literal(value: str) -> str:
    """A whole number, or a time in quotes."""
    if re.fullmatch(r"-?[0-9]+", value):
        return value
    return f"'{value.replace(chr(39), chr(39) * 2)}'"
