"""Columns that are easily taken for something else, or passed over: of several times the first one,
and a word for what people think of a product for nothing.
"""

import shlex
from collections.abc import Sequence
from datetime import datetime

from ops.init.doubts import Doubt, shown
from ops.init.roles import Given, Roles
from ops.init.sniff import Form
from ops.init.times import times_of
from recsys.source import words
from recsys.source.meanings import is_called, is_set
from recsys.source.words import bare

MOST_OPINIONS = 7  # kinds of them


def of_mistaken(form: Form, roles: Roles, given: Given, now: datetime) -> Doubt | None:
    """The first column that may not be what it is taken for."""
    return _of_times(form, roles, given, now) or _of_opinion(form, roles, given)


def _of_times(form: Form, roles: Roles, given: Given, now: datetime) -> Doubt | None:
    """Several columns of times, none of which has a name that is known."""
    if "time" in given or any(
        is_called(roles.time.column, (one,)) for one in words.TIME
    ):
        return None
    first = form.rows.get(roles.time.column, [])
    found = [
        column
        for column in dict.fromkeys(form.columns)
        if column not in (*roles.user.columns, *roles.product.columns)
        and form.rows.get(column, []) != first
        and times_of(_filled(form, column), now) is not None
    ]
    if not found:
        return None
    columns = shown([roles.time.column, *found])
    return Doubt(
        f"{form.place}: which column is the time of the purchase or rating? The cells of all these "
        f"are times: {columns}",
        "--time",
        roles.time.column,
    )


def _of_opinion(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """Rows that would all be purchases, though a column says that some did not like the product."""
    if roles.rating.columns or roles.event.columns or {"rating", "event"} & set(given):
        return None
    named = (roles.user, roles.product, roles.time, roles.product_name)
    taken = {column for role in named for column in role.columns}
    for column in dict.fromkeys(form.columns):
        kinds = list(dict.fromkeys(cell.strip() for cell in form.rows.get(column, [])))
        if column in taken or len(kinds) > MOST_OPINIONS:
            continue
        weights = [_weight(column, kind) for kind in kinds]
        if min(weights, default=0) < 0 < max(weights):
            return _doubt_of_opinion(form, column, kinds, weights)
    return None


def _weight(column: str, kind: str) -> int:
    """1 for a product, -1 against it, 0 for what is neither."""
    if "\N{THUMBS DOWN SIGN}" in kind or is_called(kind, words.AGAINST):
        return -1
    if "\N{THUMBS UP SIGN}" in kind or is_called(kind, words.FOR):
        return 1
    if not kind or not is_called(column, words.OPINION):
        return 0
    if not is_set(kind):
        return -1
    return int(bare(kind) in words.YES)


def _doubt_of_opinion(
    form: Form, column: str, kinds: Sequence[str], weights: Sequence[int]
) -> Doubt:
    said = " ".join(
        f"--weight {shlex.quote(f'{kind}={weight}')}"
        for kind, weight in zip(kinds, weights, strict=True)
    )
    return Doubt(
        f"{form.place}: {shown(kinds)} in the column {column!r}: is this what they think of the "
        f"product? If so, take it for the kind of event (--event {shlex.quote(column)} {said}): -1 "
        f"is a dislike, 0 leaves a row out; if not, take each row for a purchase",
        "--event",
        "none",
    )


def _filled(form: Form, column: str) -> list[str]:
    return [cell.strip() for cell in form.rows.get(column, []) if cell.strip()]
