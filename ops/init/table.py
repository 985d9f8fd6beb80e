"""A table or query of a database as if it were a file of its first rows."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ops.init.doubts import shown
from ops.init.plan import UnclearError
from ops.init.sniff import HEAD, Form, Table
from ops.init.sniff import form_of as form_of_file
from ops.sql import statements
from ops.sql.address import absolute
from ops.sql.database import opened
from ops.sql.window import value_of
from recsys.program.errors import ConfigError, DataError
from recsys.source.params import check_url
from recsys.source.words import CHANGED, COUNTED, by_name, composed

STATE = Path("state")
LOOKED_AT = 500  # cells of a cursor
NUMBERS, SECONDS = 10_000, 86_400  # that are looked at again


class Cursor(NamedTuple):
    """A column that grows, why it is taken, and whether it holds numbers."""

    column: str
    why: str
    counts: bool


def form_of(
    url: str, query: str, cursor: str | None, folder: Path, scratch: Path
) -> Form:
    """The table as a file in `scratch`. ConfigError if URL or query are wrong; StoreError if the
    database cannot be reached; UnclearError if a person must name the cursor.
    """
    try:
        check_url(url)
    except ValueError as error:
        raise ConfigError(f"--sql: {error}") from None
    url = absolute(url, folder)
    path = scratch / f"{statements.label_of(query)}.csv"
    with opened(url, STATE) as found:
        columns = found.columns(statements.no_rows(query))
        rows = found.rows(statements.first_rows(query, columns, found.to_text, HEAD))
        with path.open("w", encoding="utf-8", errors="replace", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    form = form_of_file(path, tuple(columns))
    if not any(form.rows.values()):
        raise DataError(f"{path.stem}: no row in it yet; run this when there is one")
    found_cursor = cursor_of(form, cursor)
    overlap = NUMBERS if found_cursor.counts else SECONDS
    table = Table(url, query, found_cursor.column, found_cursor.why, overlap)
    return replace(form, place=path.stem, table=table)


def cursor_of(form: Form, given: str | None) -> Cursor:
    """The column that is given, else one with the time of the last change, else one that counts up.
    UnclearError if there is none.
    """
    columns = by_name(form.columns)
    same = {composed(column): column for column in form.columns}
    names = (
        [same.get(composed(given), given)]
        if given
        else [columns.get(name) for name in (*CHANGED, *COUNTED)]
    )
    for column in filter(None, names):
        counts = _counts(form.rows.get(column, []))
        if counts is not None:
            why = "given" if given else "by its name and its cells"
            return Cursor(column, why, counts)
    raise UnclearError(
        f"{form.path.stem}: which column grows with each new row, a number or the time of the "
        f"last change? (found: {shown(form.columns)})",
        "--cursor",
        form.columns[0],
    )


def _counts(cells: list[str]) -> bool | None:
    """Whether a column holds numbers, or times; None if neither, or cells are empty."""
    if not cells or not all(cells):
        return None
    try:
        kinds = {type(value_of(cell)) for cell in cells[:LOOKED_AT]}
    except DataError:
        return None
    return kinds == {int} if len(kinds) == 1 else None
