"""Rows of orders that came to nothing, by what a column is called: a mark or a time of cancelling,
money that was paid back, goods that came back. Each of them would be a purchase.
"""

import shlex
from collections.abc import Sequence

from ops.init.doubts import LATER, Doubt, shown
from ops.init.roles import Given, Roles
from ops.init.sniff import Form
from recsys.source import words
from recsys.source.meanings import BELOW_0, is_called, is_quantity, is_set
from recsys.source.words import bare, is_undone

_TOO = "if they are purchases, take each row for one"


def of_undone(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """The first column that says of some rows of a file of purchases that they came to nothing."""
    if roles.rating.columns or roles.event.columns or "event" in given:
        return None
    named = (roles.user, roles.product, roles.text, roles.product_name)
    taken = {column for role in named for column in role.columns}
    for column in dict.fromkeys(form.columns):
        cells = [cell.strip() for cell in form.rows.get(column, [])]
        if column in taken:
            continue
        if is_undone(column) and any(map(is_set, cells)):
            return _of_mark(form, column, cells)
        if is_quantity(column) and any(map(BELOW_0.match, cells)):
            return _of_returns(form, column, cells)
    return None


def ignored_of(form: Form, roles: Roles, given: Given) -> list[str]:
    """The columns that say nothing of purchases, as a person has said with `--event none`, or of
    ratings with `--rating none`.
    """
    if roles.rating.columns or roles.event.columns:
        return []
    ids = {*roles.user.columns, *roles.product.columns, *roles.time.columns}
    others = [one for one in dict.fromkeys(form.columns) if one and one not in ids]
    if given.get("event") == "none":
        return others
    if given.get("rating") == "none":
        return [one for one in others if is_called(one, words.RATING)]
    return []


def _of_mark(form: Form, column: str, cells: Sequence[str]) -> Doubt:
    found = [cell for cell in cells if is_set(cell)]
    mend = "leave these orders out, with all their lines"
    kinds = list(dict.fromkeys(cells))
    if all(bare(kind) in words.YES or not is_set(kind) for kind in kinds):
        weights = " ".join(
            f"--weight {shlex.quote(f'{kind}={int(not is_set(kind))}')}"
            for kind in kinds
        )
        mend = f"take it for the kind of event (--event {shlex.quote(column)} {weights}): {LATER}"
    return Doubt(
        f"{form.place}: {len(found)} of {len(cells)} rows have something in the column {column!r} "
        f"({shown(found)}): are these purchases? If not, {mend}; {_TOO}",
        "--event",
        "none",
    )


def _of_returns(form: Form, column: str, cells: Sequence[str]) -> Doubt:
    found = [cell for cell in cells if BELOW_0.match(cell)]
    return Doubt(
        f"{form.place}: {len(found)} of {len(cells)} rows have less than 0 in the column "
        f"{column!r} ({shown(found)}): were these goods sent back? Then leave these rows "
        f"out; {_TOO}",
        "--event",
        "none",
    )
