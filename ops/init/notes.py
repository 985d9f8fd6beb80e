"""Notes of orders: one text on all lines of an order says nothing of any of its products."""

from collections import defaultdict
from collections.abc import Sequence

from ops.init.sniff import Form

FEWEST = 3  # orders of several lines that have a text


def no_notes(form: Form, user: str, time: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Those of the columns of texts that are no notes of orders."""
    return tuple(one for one in texts if not is_of_orders(form, user, time, one))


def is_of_orders(form: Form, user: str, time: str, text: str) -> bool:
    """Whether a column of texts mostly has one for all that a user bought at a time, where he
    bought several things.
    """
    orders = defaultdict[tuple[str, str], list[str]](list)
    columns = (form.rows.get(name, []) for name in (user, time, text))
    for who, when, said in zip(*columns, strict=False):
        orders[who, when].append(said.strip())
    several = [texts for texts in orders.values() if len(texts) > 1 and any(texts)]
    same = sum(len(set(texts)) == 1 for texts in several)
    return len(several) >= FEWEST and 2 * same > len(several)
