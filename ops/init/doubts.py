"""What a column is called, and what stands in it, where the two do not go together: a person must
say more, or a wrong mapping would run in silence.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ops.init import words
from ops.init.roles import MOST_EVENTS, Given, Roles
from ops.init.sniff import Form
from ops.init.times import ENOUGH, shares_of
from ops.init.words import bare
from recsys.shop_csv.rating_scale import Scale

FEW_KINDS = 30  # distinct cells of ratings in words: good, bad
SHORT = 16  # characters of such a cell
FEWEST = 50  # rows that say whether a column of products counts the rows
_SERIAL = re.compile(r"[2-6][0-9]{4}(?:[.,][0-9]+)?")  # 45337.4167 is in 2024
_MARK = re.compile(r"[0-9★☆⭐*½%]|\\N|(?i:n/?a|null|none|nan)")


class Doubt(NamedTuple):
    """What is not clear, the option that says it, and an example of it."""

    question: str
    option: str
    example: str


def of_time(form: Form, roles: Roles, now: datetime) -> Doubt | None:
    """A column that is called a time, but is not in one format that is known."""
    by_name = {bare(column): column for column in reversed(form.columns)}
    likely = [by_name[name] for name in words.TIME if name in by_name]
    for column in [*roles.time.columns, *likely]:
        cells = [cell for cell in form.rows.get(column, []) if cell.strip()]
        if not cells and column in roles.time.columns:
            return _doubt_of_time(form, column, "are empty")
        if not cells:
            continue
        shares = shares_of(cells, now)
        if len(shares) > 1 and sum(shares.values()) > ENOUGH:
            what = "are times of several formats"
            shown = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
            return _doubt_of_time(form, column, f"{what} ({shown}); bring them to one")
        if all(map(_SERIAL.fullmatch, cells)):
            what = "are a spreadsheet's numbers of days"
            return _doubt_of_time(
                form, column, f"{what} ({_shown(cells[:3])}); write them as dates"
            )
        return _doubt_of_time(
            form,
            column,
            f"are no times that are known ({_shown(cells[:3])}); known are 2024-03-31 10:00:00, "
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
        is_text = bare(column) in words.TEXT or column in roles.text.columns
        if bare(column) not in words.RATING or is_text:
            continue
        cells = [cell for cell in form.rows.get(column, []) if cell.strip()]
        if cells and _are_ratings(cells):
            return Doubt(
                f"{form.place}: the column {column!r} looks like the rating, but its cells are no "
                f"numbers of few kinds ({_shown(cells)}); write them as numbers, or take each row "
                f"for a purchase",
                "--rating",
                "none",
            )
    return None


def _are_ratings(cells: Sequence[str]) -> bool:
    kinds = {cell.strip() for cell in cells}
    marked = sum(_MARK.match(cell.strip()) is not None for cell in cells)
    are_short = all(len(kind) <= SHORT for kind in kinds)
    return marked > 0.5 * len(cells) or (are_short and len(kinds) <= FEW_KINDS)


def of_event(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """Rows that would all be purchases, though a column says that they are something else: events
    of many kinds, or orders that were cancelled.
    """
    if roles.rating.columns or roles.event.columns or "event" in given:
        return None
    for column in dict.fromkeys(form.columns):
        cells = [cell.strip() for cell in form.rows.get(column, []) if cell.strip()]
        if bare(column) in words.EVENT and cells:
            return Doubt(
                f"{form.place}: the column {column!r} looks like the kind of event, but there are "
                f"more than {MOST_EVENTS} kinds ({_shown(cells)}); name another one, or take each "
                f"row for a purchase",
                "--event",
                "none",
            )
        undone = [kind for kind in dict.fromkeys(cells) if bare(kind) in words.UNDONE]
        if undone and len(set(cells)) <= MOST_EVENTS:
            return Doubt(
                f"{form.place}: {_shown(undone)} in the column {column!r}: are these purchases? If "
                f"not, take it for the kind of event and give each kind a weight (--event "
                f"{column!r} --weight {undone[0]!r}=0 ...); if they are, take each row for one",
                "--event",
                "none",
            )
    return None


def of_product(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """A column of products that has another one in each row: it counts the rows."""
    cells = form.rows.get(roles.product.column, [])
    if "product" in given or len(cells) < FEWEST or len(set(cells)) < len(cells):
        return None
    return Doubt(
        f"{form.place}: which column is the product? {roles.product.column!r} has another value in "
        f"each row, as the number of an order has (found: {_shown(form.columns)})",
        "--product",
        "COLUMN",
    )


def of_zero(place: str, values: Sequence[float], scale: Scale) -> Doubt | None:
    """Ratings of 0 where the others are 1 to 5, 10 or 100: the worst, or not given?"""
    zeros = sum(not value for value in values)
    if scale.low or scale.high <= 1 or not zeros:
        return None
    high = f"{scale.high:g}"
    return Doubt(
        f"{place}: {zeros} of {len(values)} ratings are 0, the others up to {high}: is 0 the worst "
        f"rating (0,{high}), or one that was not given (1,{high}; its rows are refused)?",
        "--scale",
        f"1,{high}",
    )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(ascii(name)[1:-1] for name in dict.fromkeys(names))[:300]
