"""Rows of orders that came to nothing, by what a column is called: a mark or a time of cancelling,
money that was paid back, goods that came back. Each of them would be a purchase.
"""

import re
import shlex
from collections.abc import Sequence

from ops.init import words
from ops.init.doubts import LATER, Doubt, shown
from ops.init.roles import Given, Roles
from ops.init.sniff import Form
from ops.init.words import bare, is_undone, parts_of, spellings

_NOTHING = re.compile(r"[-+]?[0.,\s]*")
_BELOW_0 = re.compile(r"\(?\s*[-\u2212][^0-9]{0,4}[0-9.,\s]*[1-9]")
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
        if _is_quantity(column) and any(map(_BELOW_0.match, cells)):
            return _of_returns(form, column, cells)
    return None


def is_set(cell: str) -> bool:
    """Whether a mark, a time or an amount is there: neither none, nor no, nor 0."""
    return not _NOTHING.fullmatch(cell) and bare(cell) not in words.NO


def _is_quantity(column: str) -> bool:
    """Whether a name says how many were bought, or for how much."""
    parts = {name for part in parts_of(column) for name in spellings(part)}
    parts |= set(spellings(column))
    return not parts.isdisjoint(words.BOUGHT) and parts.isdisjoint(words.TAKEN_OFF)


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
    found = [cell for cell in cells if _BELOW_0.match(cell)]
    return Doubt(
        f"{form.place}: {len(found)} of {len(cells)} rows have less than 0 in the column "
        f"{column!r} ({shown(found)}): were these goods sent back? Then leave these rows "
        f"out; {_TOO}",
        "--event",
        "none",
    )
