"""What a column is called, and what stands in it, where the two do not go together: a person must
say more, or a wrong mapping would run in silence.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from ops.init.roles import Given, Role, Roles
from ops.init.sniff import Form
from ops.init.times import ENOUGH, shares_of
from ops.terminal import printable
from recsys.source import words
from recsys.source.meanings import (
    MOST_EVENTS,
    are_on_a_scale,
    are_ratings,
    counts,
    is_called,
    value_of,
)
from recsys.source.translate import EMPTY
from recsys.source.words import by_name, is_done, is_undone

FEWEST = 50  # rows that say whether a column of products counts the rows
NO_TIME = "each row needs one; a file of products is named with --products"
FIRST_LINE = "of an order only the first line may have it: fill it in for the others"
LATER = (
    "0 leaves a row out, -0.5 also takes the place of its purchase where that came before, in a "
    "drop or from a table"
)
_SERIAL = re.compile(r"[2-6][0-9]{4}(?:[.,][0-9]+)?")  # 45337.4167 is in 2024


class Doubt(NamedTuple):
    """What is not clear, the option that says it, and an example of it."""

    question: str
    option: str
    example: str


def of_time(form: Form, roles: Roles, now: datetime) -> Doubt | None:
    """A column that is called a time, but is not in one format that is known."""
    columns = by_name(form.columns)
    likely = [columns[name] for name in words.TIME if name in columns]
    for column in [*roles.time.columns, *likely]:
        cells = [cell for cell in form.rows.get(column, []) if cell.strip()]
        if not cells and column in roles.time.columns:
            return _doubt_of_time(form, column, "are empty")
        if not cells:
            continue
        shares = shares_of(cells, now)
        if len(shares) > 1 and sum(shares.values()) > ENOUGH:
            what = "are times of several formats"
            parts = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
            return _doubt_of_time(form, column, f"{what} ({parts}); bring them to one")
        if all(map(_SERIAL.fullmatch, cells)):
            what = "are a spreadsheet's numbers of days"
            return _doubt_of_time(
                form, column, f"{what} ({shown(cells[:3])}); write them as dates"
            )
        return _doubt_of_time(
            form,
            column,
            f"are no times that are known ({shown(cells[:3])}); known are 2024-03-31 10:00:00, "
            f"31/03/2024, 3/31/2024 9:05 PM, 31.3.2024, seconds since 1970 and their like",
        )
    return None


def _doubt_of_time(form: Form, column: str, words_of_it: str) -> Doubt:
    question = f"{form.place}: the cells of {column!r} {words_of_it}"
    return Doubt(f"{question}; or name another column", "--time", "COLUMN")


def of_rating(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """A column that is called a rating, but its cells are no numbers: without it each row would be
    5 stars.
    """
    if roles.rating.columns or roles.event.columns or {"rating", "event"} & set(given):
        return None
    for column in dict.fromkeys(form.columns):
        is_text = is_called(column, words.TEXT) or column in roles.text.columns
        if not is_called(column, words.RATING) or is_text:
            continue
        cells = [cell for cell in form.rows.get(column, []) if cell.strip()]
        if cells and are_ratings(cells):
            return Doubt(
                f"{form.place}: the column {column!r} looks like the rating, but its cells are no "
                f"numbers of few kinds ({shown(cells)}); write them as numbers, or take each row "
                f"for a purchase",
                "--rating",
                "none",
            )
    return _of_numbers(form, roles)


def _of_numbers(form: Form, roles: Roles) -> Doubt | None:
    """A column of any name, but with the numbers of a rating."""
    if form.header:  # it has been looked for by its numbers
        return None
    named = (roles.user, roles.product, roles.time, roles.text, roles.product_name)
    taken = {column for role in named for column in role.columns}
    found = [
        column
        for column in dict.fromkeys(form.columns)
        if column not in taken
        and not counts(column)
        and are_on_a_scale([one for one in form.rows.get(column, []) if one.strip()])
    ]
    if not found:
        return None
    cells = sorted(filter(str.strip, form.rows[found[0]]), key=value_of)
    return Doubt(
        f"{form.place}: is the column {found[0]!r} ({shown(cells)}) the rating? No other column "
        f"is; if it is not, each row is a purchase (--rating none)",
        "--rating",
        found[0],
    )


def of_event(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """Rows that would all be purchases, though a column says that they are something else: events
    of many kinds, or orders that were cancelled, or whose status is not known.
    """
    if roles.rating.columns or roles.event.columns or "event" in given:
        return None
    ids = (*roles.user.columns, *roles.product.columns)
    for column in dict.fromkeys(form.columns):
        cells = [cell.strip() for cell in form.rows.get(column, []) if cell.strip()]
        if is_called(column, words.EVENT) and cells:
            return Doubt(
                f"{form.place}: the column {column!r} looks like the kind of event, but there are "
                f"more than {MOST_EVENTS} kinds ({shown(cells)}); name another one, or take each "
                f"row for a purchase",
                "--event",
                "none",
            )
        kinds = list(dict.fromkeys(cells))
        if column in ids or len(kinds) > MOST_EVENTS:
            continue
        is_text = column in (*roles.text.columns, *roles.product_name.columns)
        undone = [kind for kind in kinds if is_undone(kind, is_text=is_text)]
        if not undone and len(kinds) > 1 and is_called(column, words.STATUS):
            undone = [kind for kind in kinds if not is_done(kind)]
        if undone:
            weight = shlex.quote(f"{undone[0]}=0")
            empty = len(form.rows[column]) - len(cells)
            return Doubt(
                f"{form.place}: {shown(undone)} in the column {column!r}{_and_none(empty)}: are "
                f"these purchases? If not, take it for the kind of event and give each kind a "
                f"weight (--event {shlex.quote(column)} --weight {weight} ...): {LATER}; if they "
                f"are, take each row for one",
                "--event",
                "none",
            )
    return None


def _and_none(empty: int) -> str:
    """What is said of rows in which a status is empty."""
    return f", and nothing in {empty} rows ({FIRST_LINE})" if empty else ""


def of_none(form: Form, role: str, roles: Roles | None = None) -> Doubt:
    """The question which column it is; an example is one that is nothing else, but no time."""
    more = f" ({NO_TIME})" if role == "time" else ""
    if role == "user" and roles and roles.product.columns:
        more = " (a file of products is named with --products)"
    question = f"{form.place}: which column is the {role}{more}?"
    taken = (
        {one.column for one in (roles.user, roles.product, roles.time, roles.rating)}
        if roles
        else set()
    )
    free = [
        one
        for one in form.columns
        if one
        and one not in taken
        and role != "time"
        and not is_called(one, words.ORDER)
    ]
    found = shown(form.columns)
    return Doubt(
        f"{question} (found: {found})", f"--{role}", shown(free[:1]) or "COLUMN"
    )


def of_id(form: Form, role: str, names: Sequence[str]) -> Doubt | None:
    """A column with the name of an id that is empty in many rows."""
    columns = by_name(form.columns)
    for column in (columns[name] for name in names if name in columns):
        cells = form.rows.get(column, [])
        empty = sum(cell.strip() in ("", "0") for cell in cells)
        if empty < len(cells):
            return Doubt(
                f"{form.place}: which column is the {role}? {column!r} is empty or 0 in {empty} of "
                f"{len(cells)} rows, which would be refused ({FIRST_LINE}; or it is of guests) "
                f"(found: {shown(form.columns)})",
                f"--{role}",
                column,
            )
    return None


def of_nested(form: Form, roles: Mapping[str, Role]) -> Doubt | None:
    """A column of ids, times or ratings that holds lists or objects; `roles` by their options."""
    for option, role in roles.items():
        column = role.column
        if column not in form.nested:
            continue
        cells = [cell for cell in form.rows.get(column, []) if cell.strip()]
        inside = [name for name in form.columns if name.startswith(f"{column}.")]
        way_out = "name another column, or write a row for each item"
        if inside:
            way_out = f"name a key inside ({shown(inside)}), or {way_out}"
        return Doubt(
            f"{form.place}: the column {column!r} holds lists or objects ({shown(cells[:3])}): "
            f"none of them is an id, a time or a rating; {way_out}",
            option,
            inside[0] if inside else "COLUMN",
        )
    return None


def of_product(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """A column of products that has another one in each row: it counts the rows."""
    cells = form.rows.get(roles.product.column, [])
    if "product" in given or len(cells) < FEWEST or len(set(cells)) < len(cells):
        return None
    return Doubt(
        f"{form.place}: which column is the product? {roles.product.column!r} has another value in "
        f"each row, as the number of an order has (found: {shown(form.columns)})",
        "--product",
        "COLUMN",
    )


def shown(names: Sequence[str]) -> str:
    """Names or cells as a person reads and types them; what cannot be seen stands as an escape."""
    texts = (printable(name) or EMPTY for name in dict.fromkeys(names))
    return ", ".join(texts)[:300]
