"""Which column of a file is what, by its name and by what stands in it, and why."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.init.names import of_products
from ops.init.notes import no_notes
from ops.init.sniff import Form
from ops.init.times import Times, times_of
from recsys.source import words
from recsys.source.meanings import MOST_EVENTS, NUMBER, value_of
from recsys.source.words import by_name, spellings

COMMA_NUMBER = re.compile(r"-?[0-9]{1,4},[0-9]{1,3}")
MOST_RATINGS = 120  # distinct values of a column of ratings
ASIN = re.compile(r"B0[0-9A-Z]{8}")  # a product of Amazon
MOST_IDS = 0.5  # so many of the ids that were bought stand in the column of products
FILLED = 0.9  # so many cells of an id are not empty


@dataclass(frozen=True)
class Role:
    """The columns that are taken for something, and why; none if nothing is."""

    columns: tuple[str, ...]
    why: str

    @property
    def column(self) -> str:
        return self.columns[0] if self.columns else ""


NONE = Role((), "no column looks like it")


@dataclass(frozen=True)
class Roles:
    """What the columns of a file of interactions are."""

    user: Role
    product: Role
    time: Role
    rating: Role
    event: Role
    text: Role
    product_name: Role
    times: Times | None


Given = dict[str, str]  # columns that a person has named, by role


def roles_of(form: Form, given: Given, now: datetime) -> Roles:
    """What the columns are: as `given`, else as they look."""
    time, times = _time(form, given, now)
    rating = _named(form, given, "rating", words.RATING, _is_rating)
    event = (
        NONE if rating.columns else _named(form, given, "event", words.EVENT, _is_event)
    )
    taken = {*time.columns, *rating.columns, *event.columns}
    if form.header and not rating.columns and "event" not in given:
        rating = _rating_by_values(form, taken)
        taken |= set(rating.columns)
    user = _id(form, given, "user", words.USER, taken)
    product = _id(form, given, "product", words.PRODUCT, taken | set(user.columns))
    taken |= {*user.columns, *product.columns}
    name = _named(form, given, "product_name", words.PRODUCT_NAME, _is_text)
    if not name.columns and "product_name" not in given:
        column = of_products(form, product.column)
        name = Role((column,), "one for each product") if column else NONE
    texts = _texts(form, given, {*taken, *name.columns})
    if not (rating.columns or event.columns or "text" in given):
        left = no_notes(form, user.column, time.column, texts.columns)
        if left != texts.columns:
            texts = Role(left, texts.why if left else "notes of orders")
    return Roles(user, product, time, rating, event, texts, name, times)


def _filled(form: Form, column: str) -> list[str]:
    return [text for text in form.rows.get(column, []) if text.strip()]


def _given(given: Given, role: str) -> Role | None:
    """What a person has named; "none" is no column."""
    if role not in given:
        return None
    name = given[role]
    return Role((), "given: none") if name == "none" else Role((name,), "given")


def _named(
    form: Form,
    given: Given,
    role: str,
    names: Sequence[str],
    fits: Callable[[list[str]], bool],
) -> Role:
    """The column with the likeliest name whose cells fit."""
    if found := _given(given, role):
        return found
    columns = by_name(form.columns)
    for name in names:
        column = columns.get(name)
        if column is not None and fits(_filled(form, column)):
            return Role((column,), "by its name and its cells")
    return NONE


def _time(form: Form, given: Given, now: datetime) -> tuple[Role, Times | None]:
    if found := _given(given, "time"):
        return found, times_of(form.rows.get(found.column, []), now)
    columns = by_name(form.columns)
    likely = list(
        dict.fromkeys(columns[name] for name in words.TIME if name in columns)
    )
    why = "by its name and its cells"
    for column in likely or form.columns:
        times = times_of(_filled(form, column), now)
        if times is not None:
            return Role((column,), why if likely else "its cells are times"), times
    return NONE, None


def _id(
    form: Form, given: Given, role: str, names: Sequence[str], taken: set[str]
) -> Role:
    """The column of ids with the likeliest name; of a file without a header line the first of the
    others.
    """
    if found := _given(given, role):
        return found
    free = [column for column in form.columns if column not in taken]
    if form.header:
        why = "the first column of the others"
        is_clear = len(form.columns) - len(taken) <= 2 or role == "product"
        is_last = role == "user"
        free.sort(key=lambda one: _are_asins(form.rows.get(one, [])) is is_last)
        return Role((free[0],), why) if free and is_clear else NONE
    columns = by_name(free)
    for name in names:
        column = columns.get(name)
        if column is not None and is_id(form.rows.get(column, [])):
            return Role((column,), "by its name")
    return NONE


def is_id(cells: list[str]) -> bool:
    """Whether nearly all cells are filled, also not with the 0 of a guest."""
    good = sum(cell.strip() not in ("", "0") for cell in cells)
    return good >= FILLED * len(cells) > 0


def _are_asins(cells: list[str]) -> bool:
    """Whether these are products of Amazon: some of its files begin with them."""
    good = sum(ASIN.fullmatch(cell.strip()) is not None for cell in cells)
    return good > 0.5 * len(cells)


def _is_rating(cells: list[str]) -> bool:
    good = sum(NUMBER.fullmatch(cell.strip()) is not None for cell in cells)
    return 0 < FILLED * len(cells) <= good and len(set(cells)) <= MOST_RATINGS


def _is_event(cells: list[str]) -> bool:
    return 0 < len(set(cells)) <= MOST_EVENTS


def _is_text(cells: list[str]) -> bool:
    return bool(cells)


def _rating_by_values(form: Form, taken: set[str]) -> Role:
    """Of a file without a header line: the one column with few small numbers."""
    found = []
    for column in form.columns:
        cells = _filled(form, column)
        values = {cell for cell in cells if NUMBER.fullmatch(cell.strip())}
        is_small = bool(values) and max(map(value_of, values)) <= 100
        few = len(values) <= min(MOST_RATINGS, max(2, len(cells) // 4), 101)
        if column not in taken and is_small and few and len(set(cells)) == len(values):
            found.append((len(values), column))
    if not found:
        return NONE
    return Role((min(found)[1],), "the fewest and smallest numbers")


def _texts(form: Form, given: Given, taken: set[str]) -> Role:
    if "text" in given:
        names = given["text"]
        columns = () if names == "none" else tuple(names.split("+"))
        return Role(columns, "given")
    named = by_name(form.columns)
    found = dict.fromkeys(named[name] for name in words.TEXT if name in named)
    columns = tuple(column for column in found if column not in taken)
    return Role(columns, "by name") if columns else NONE


def has_decimal_comma(cells: Sequence[str]) -> bool:
    """Whether numbers are written with a comma."""
    return any(COMMA_NUMBER.fullmatch(cell.strip()) for cell in cells)


def kinds_of(cells: Sequence[str]) -> Counter[str]:
    """How often each kind of event is there."""
    return Counter(cell.strip() for cell in cells)


# ---- files of products ----
@dataclass(frozen=True)
class ProductRoles:
    """What the columns of a file of products are."""

    product: Role
    name: Role
    brand: Role
    type: Role
    price: Role
    texts: Role


def product_roles_of(
    form: Form, product: str | None, bought: frozenset[str] = frozenset()
) -> ProductRoles:
    """What the columns are; any other one with words in it says what the product is. `bought` are
    ids of products that stand in files of interactions.
    """
    given: Given = {"product": product} if product else {}
    named = _id(form, given, "product", [*words.PRODUCT, *words.NAME], set())
    found = {"product": named if product else _by_ids(form, named, bought)}
    for role, names in (
        ("name", words.NAME),
        ("brand", words.BRAND),
        ("type", words.TYPE),
        ("price", words.PRICE),
    ):
        taken = {one.column for one in found.values()}
        known = {name for one in taken for name in spellings(one)}
        free = [name for name in names if name not in known]
        found[role] = _named(form, {}, role, free, _is_text)
    taken = {one.column for one in found.values()}
    texts = tuple(
        column
        for column in dict.fromkeys(form.columns)
        if column not in taken and _has_words(_filled(form, column))
    )
    described = Role(texts, "words stand in them") if texts else NONE
    return ProductRoles(texts=described, **found)


def _by_ids(form: Form, named: Role, bought: frozenset[str]) -> Role:
    """The column with the ids that were bought, where the one with the likeliest name has few of
    them: of a shop's export the handle, where orders have the SKU.
    """

    def share(column: str) -> float:
        there = {cell.strip() for cell in form.rows.get(column, [])}
        return len(bought & there) / max(len(bought), 1)

    best = max(form.columns, key=share)
    cells = _filled(form, best)
    is_id = len(set(cells)) >= FILLED * len(cells)
    if not is_id or share(best) < MOST_IDS or 2 * share(named.column) > share(best):
        return named
    return Role((best,), "it has the ids that were bought")


def _has_words(cells: list[str]) -> bool:
    """Whether most cells are words, no numbers, codes or addresses."""
    wordy = sum(
        any(len(word) > 2 and word.isalpha() for word in re.split(r"\W+", cell))
        and not cell.strip().lower().startswith(("http:", "https:", "{", "["))
        for cell in cells
    )
    return wordy > 0.5 * len(cells)
