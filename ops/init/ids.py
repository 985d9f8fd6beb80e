"""Columns that are called a product or a user and hold something else: the number of an order or of
its lines, the one who sold.
"""

import re
from collections import Counter
from itertools import pairwise

from ops.init.doubts import FEWEST, Doubt, shown
from ops.init.roles import Given, Role, Roles, is_id
from ops.init.sniff import Form
from recsys.source import words
from recsys.source.meanings import is_called
from recsys.source.words import by_name

FEW = 10  # so few users or products are none, ...
ROWS_OF_ONE = 20  # ... if each has so many rows
SHARED = 0.01  # of the products are of several users, where these are products
MANY_MORE = 3  # times as many customers as there are of those who sell
IN_ORDER = 0.95  # of the rows have the next number of a line, or the first one

LINE = re.compile(r"[0-9]{1,6}")  # the number of one


def of_ids(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """The first column of ids that may be another thing."""
    return (
        _of_orders(form, roles, given)
        or _of_lines(form, roles, given)
        or _of_few(form, "user", roles.user, given)
        or _of_few_products(form, roles, given)
        or _of_sellers(form, roles, given)
    )


def _of_orders(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """A column that is only called id, no value of which two users share: an order with its
    lines.
    """
    column = roles.product.column
    if "product" in given or not is_called(column, ("id",)):
        return None
    pairs = set(zip(_cells(form, column), _cells(form, roles.user.column), strict=True))
    users = Counter(product for product, _ in pairs)
    shared = sum(count > 1 for count in users.values())
    is_alone = len({user for _, user in pairs}) < 2
    if _is_small(form, column) or is_alone or shared > SHARED * len(users):
        return None
    why = "has no value that two users have, as the number of an order has none"
    return _which(form, "product", column, why)


def _of_lines(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """A column of products that counts the lines of each order: 1, 2, 3, 1, or 10, 20, 10. Not all
    orders have as many, unlike customers who were all asked about the same products.
    """
    column = roles.product.column
    cells = _cells(form, column)
    numbers = [int(cell) for cell in cells if LINE.fullmatch(cell)]
    if "product" in given or _is_small(form, column) or len(numbers) < len(cells):
        return None
    first = min(numbers)
    step = min((one - first for one in numbers if one > first), default=0)
    good = sum(after in (first, before + step) for before, after in pairwise(numbers))
    many = Counter(numbers)
    if not step or good < IN_ORDER * len(numbers) or many[first] == min(many.values()):
        return None
    why = f"counts ({shown(cells[:9])}), as the lines of an order are counted"
    return _which(form, "product", column, why)


def _of_few(form: Form, what: str, role: Role, given: Given) -> Doubt | None:
    """A column that is called a user, with so few of them that it is another thing: the app."""
    cells = _cells(form, role.column)
    kinds = list(dict.fromkeys(filter(None, cells)))
    is_few = len(kinds) <= FEW and len(kinds) * ROWS_OF_ONE <= len(cells)
    if what in given or _is_small(form, role.column) or not is_few:
        return None
    why = f"has only {len(kinds)} different ones in {len(cells)} rows ({shown(kinds)})"
    return _which(form, what, role.column, why)


def _of_few_products(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """The same of numbers whose name may be that of a line: a shop of a few products has them under
    a clearer one.
    """
    column = roles.product.column
    are_numbers = all(map(LINE.fullmatch, _cells(form, column)))
    is_vague = is_called(column, words.VAGUE)
    if not is_vague or not are_numbers:
        return None
    return _of_few(form, "product", roles.product, given)


def _of_sellers(form: Form, roles: Roles, given: Given) -> Doubt | None:
    """A column that is called a user beside another one with many more of them: who sold, and the
    customer.
    """
    column = roles.user.column
    count = len(set(_cells(form, column)))
    rows = len(_cells(form, column))
    if "user" in given or _is_small(form, column) or count * ROWS_OF_ONE > rows:
        return None
    columns = by_name(form.columns)
    names = [name for name in words.USER if name not in words.SESSION]
    taken = {column, *roles.product.columns, *roles.time.columns, *roles.text.columns}
    for other in (columns[name] for name in names if name in columns):
        cells = _cells(form, other)
        many = len(set(cells))
        if other in taken or not is_id(cells) or many < MANY_MORE * count:
            continue
        return Doubt(
            f"{form.place}: which column is the user? {column!r} has {count} different ones in "
            f"{rows} rows, as those who sell have; {other!r} has {many}",
            "--user",
            other,
        )
    return None


def _which(form: Form, what: str, column: str, why: str) -> Doubt:
    question = f"{form.place}: which column is the {what}? {column!r} {why}"
    return Doubt(f"{question} (found: {shown(form.columns)})", f"--{what}", "COLUMN")


def _cells(form: Form, column: str) -> list[str]:
    return [cell.strip() for cell in form.rows.get(column, [])]


def _is_small(form: Form, column: str) -> bool:
    """Whether there are too few rows to tell."""
    return len(form.rows.get(column, [])) < FEWEST
