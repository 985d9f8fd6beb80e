"""Columns that a mapping of purchases does not read, and that say of rows that they are none: a
rating, an event, a status, a refund. `init` asks for these; a drop that comes later is refused.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path

from recsys.source import words
from recsys.source.foreign_file import rows_of
from recsys.source.forms import names_in
from recsys.source.meanings import (
    BELOW_0,
    MOST_EVENTS,
    NUMBER,
    are_ratings,
    is_called,
    is_quantity,
    is_set,
)
from recsys.source.params import (
    AnyColumns,
    InteractionColumns,
    InteractionFiles,
    SqlRows,
)
from recsys.source.words import is_done, is_undone

HEAD = 20_000  # rows that are looked at, as by init
EXAMPLES = 3


def fault_of_file(
    path: Path, place: str, params: InteractionFiles, raw: Path | None
) -> str:
    """Why the rows of a file are not all purchases, with the column that says so; "" if they may
    be. Of a mapping that does not say what init was told, the columns of its files in `raw` pass.
    DataError if the file is damaged.
    """
    if params.rating or params.event:
        return ""
    names = names_in(path, params)
    known = _known(params, raw) if params.ignored is None else params.ignored
    ids = {params.user, params.product, params.time}
    wanted = [
        name
        for name in dict.fromkeys(names)
        if name and name not in {*ids, *known} and names.count(name) == 1
    ]
    if not wanted:
        return ""
    asked = AnyColumns(
        files=params.files,
        format=params.format,
        encoding=params.encoding,
        separator=params.separator,
        header=params.header,
        wanted=tuple(wanted),
    )
    rows = islice(rows_of(path, place, asked), HEAD)
    cells = [row.cells for row in rows if not row.reason]
    by_name = dict(zip(wanted, zip(*cells, strict=True), strict=True)) if cells else {}
    return fault_of(by_name, params, params.files[0])


def _known(params: InteractionFiles, raw: Path | None) -> set[str]:
    """The columns of the raw files of a mapping."""
    paths = [raw / name for name in params.files] if raw else []
    return {name for path in paths if path.is_file() for name in names_in(path, params)}


def fault_of(
    cells: Mapping[str, Sequence[str]], params: InteractionColumns, like: str
) -> str:
    """The same of columns with their cells, of rows that are read as those of `like` are."""
    texts = {params.product_name, *params.text}
    is_table = isinstance(params, SqlRows)
    leave = "SELECT ... WHERE leaves out" if is_table else "leave out"
    again = "init --sql URL QUERY" if is_table else "init FILE ..."
    for column, found in cells.items():
        stripped = [one.strip() for one in found]
        if what := _what(column, stripped, is_text=column in texts):
            return (
                f"{what}; but {like} has neither rating nor event in source of params.yaml, so "
                f"that each row would be a purchase: {leave} the rows that are none; or tell "
                f"`python runner.py {again}` what it is; or, if all are purchases, write "
                f"{column!r} into `ignored` of {like} there"
            )
    return ""


def _what(column: str, cells: Sequence[str], *, is_text: bool) -> str:
    """What a column says that tells purchases from others, "" if nothing."""
    filled = [one for one in cells if one]
    is_text = is_text or is_called(column, words.TEXT)
    of_all = f"of {len(cells)} rows"
    kinds = list(dict.fromkeys(filled))
    undone = [one for one in kinds if is_undone(one, is_text=is_text)]
    if not undone and len(kinds) > 1 and is_called(column, words.STATUS):
        undone = [one for one in kinds if not is_done(one)]
    if len(kinds) <= MOST_EVENTS and undone:
        count = sum(one in undone for one in cells)
        return f"{count} {of_all} have {_shown(undone)} in the column {column!r}"
    if is_text or not filled:
        return ""
    if is_called(column, words.RATING) and _may_be_ratings(filled):
        return f"the column {column!r} looks like a rating ({_shown(filled)})"
    if is_called(column, words.EVENT):
        return f"the column {column!r} looks like the kind of event ({_shown(filled)})"
    marked = [one for one in cells if is_set(one)] if is_undone(column) else []
    if marked:
        return f"{len(marked)} {of_all} have {_shown(marked)} in the column {column!r}"
    below = [one for one in cells if BELOW_0.match(one)] if is_quantity(column) else []
    if below:
        return f"{len(below)} {of_all} have {_shown(below)} in the column {column!r}"
    return ""


def _may_be_ratings(cells: Collection[str]) -> bool:
    """Whether cells are as those of ratings: numbers up to four digits, or words of few kinds."""
    return are_ratings(list(cells)) or all(NUMBER.fullmatch(one) for one in cells)


def _shown(cells: Sequence[str]) -> str:
    return ", ".join(map(repr, list(dict.fromkeys(cells))[:EXAMPLES]))[:200]
