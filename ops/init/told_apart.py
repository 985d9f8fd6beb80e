"""Which of several files are of products, where nobody says it."""

from collections.abc import Sequence
from datetime import datetime

from ops.init.roles import roles_of
from ops.init.sniff import Form
from recsys.source import words
from recsys.source.words import by_name, spellings


def told_apart(forms: Sequence[Form], now: datetime) -> tuple[list[Form], list[Form]]:
    """Files of interactions, and files of products; where all look like these, none is one."""
    products = [form for form in forms if looks_like_products(form, now)]
    if len(products) == len(forms):
        return list(forms), []
    return [form for form in forms if form not in products], products


def looks_like_products(form: Form, now: datetime) -> bool:
    """Whether a file is one of products: they have an id, but no user; books have an author. The
    lines of orders have one, too, each at its time or with the number of its order.
    """
    roles = roles_of(form, {}, now)
    is_nameless = bool(form.header)
    is_book = "author" in spellings(roles.user.column) and not roles.time.columns
    has_user = bool(roles.user.columns) and not is_book
    if is_nameless or has_user or not roles.product.columns:
        return False
    is_ordered = bool(roles.time.columns) or not by_name(
        form.columns
    ).keys().isdisjoint(words.ORDER)
    return not (is_ordered and _is_repeated(form, roles.product.column))


def _is_repeated(form: Form, column: str) -> bool:
    """Whether most rows are of products that have several."""
    cells = form.rows.get(column, [])
    return 2 * len(set(cells)) < len(cells)
