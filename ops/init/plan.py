"""From files to the section `source` of params.yaml, and what is not clear on the way."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops.init import doubts
from ops.init.doubts import shown
from ops.init.ids import of_ids
from ops.init.mistaken import of_mistaken
from ops.init.roles import (
    Given,
    ProductRoles,
    Role,
    Roles,
    has_decimal_comma,
    kinds_of,
    product_roles_of,
    roles_of,
)
from ops.init.scales import of_scale
from ops.init.sniff import Form
from ops.init.times import DAY_FIRST, Times
from ops.init.undone import ignored_of, of_undone
from recsys.shop_csv.rating_scale import MAX_SHARE_OUTSIDE, STARS, Scale, likely
from recsys.source import words
from recsys.source.params import FileParams
from recsys.source.translate import EMPTY
from recsys.source.words import composed, spellings

HALF_STARS = Scale(0.5, 5)
FEW = 0.1  # of the ratings: so many beyond 5 stars may be slips, and no other scale


class UnclearError(Exception):
    """Something that only a person can say: the `question`, and the option that answers it."""

    place = wrong = ""  # the file, "" of all; a name that was wrong

    def __init__(self, question: str, option: str, example: str) -> None:
        typed = shlex.quote(example)
        super().__init__(f"{question}; say it with {option}, e.g. {option} {typed}")
        self.question, self.option = question, option


@dataclass
class Answers:
    """What a person has said."""

    columns: Given = field(default_factory=dict)  # of the file in hand
    weights: dict[str, float] = field(default_factory=dict)
    zone: str | None = None
    dates: str | None = None  # DMY or MDY
    scale: Scale | None = None
    products_id: str | None = None  # the product in the file of products
    cursor: str | None = None  # of a table
    named: dict[str, list[str]] = field(default_factory=dict)  # columns of all files
    of_files: dict[str, Given] = field(default_factory=dict)  # answers, by place


@dataclass(frozen=True)
class Interactions:
    """A file of interactions: what its columns are, and its entry in `source.interactions`."""

    form: Form
    roles: Roles
    entry: dict[str, Any]
    formats: tuple[str, ...]
    scale: Scale
    slips: str = ""  # "1 of 20000 ratings is not, e.g. 0": these rows are refused


@dataclass(frozen=True)
class Products:
    """A file of products: what its columns are, and its entry in `source.products`."""

    form: Form
    roles: ProductRoles
    entry: dict[str, Any]


def interactions_of(form: Form, answers: Answers, now: datetime) -> Interactions:
    """What a file of interactions becomes. UnclearError if a person must say more."""
    given = named(form, answers.columns)
    roles = roles_of(form, given, now)
    kinds = {"--rating": roles.rating, "--event": roles.event, "--time": roles.time}
    _check_nested(form, {"--user": roles.user, "--product": roles.product, **kinds})
    if roles.times is None:
        known = doubts.of_time(form, roles, now)
        raise UnclearError(*(known or doubts.of_none(form, "time")))
    for name, role, names in (
        ("user", roles.user, words.USER),
        ("product", roles.product, words.PRODUCT),
    ):
        if not role.columns:
            known = doubts.of_id(form, name, names)
            raise UnclearError(*(known or doubts.of_none(form, name, roles)))
    _check_clear(form, roles, given, now)
    entry = {
        "files": [form.path.name],
        **form.params(),
        "user": roles.user.column,
        "product": roles.product.column,
        "time": roles.time.column,
        "rating": roles.rating.column,
        "decimal_comma": has_decimal_comma(form.rows.get(roles.rating.column, [])),
        "event": roles.event.column,
        "weights": _weights(form, roles.event, answers.weights),
        "text": list(roles.text.columns),
        "product_name": roles.product_name.column,
        "ignored": ignored_of(form, roles, given),
    }
    formats = (_format(form, roles.times, answers.dates),)
    scale, slips = _scale(form, roles, answers)
    return Interactions(form, roles, entry, formats, scale, slips)


def entry_of_table(found: Interactions) -> dict[str, Any]:
    """The entry of a table in `source.sql`."""
    table = found.form.table
    assert table is not None  # noqa: S101 - only tables are asked for
    columns = {
        key: value
        for key, value in found.entry.items()
        if key not in FileParams.model_fields
    }
    return {
        "url": table.url,
        "query": table.query,
        "cursor": table.cursor,
        "overlap": table.overlap,
        **columns,
    }


def _check_clear(form: Form, roles: Roles, given: Given, now: datetime) -> None:
    """UnclearError if a column may be another thing than what it is taken for."""
    for doubt in (
        doubts.of_rating(form, roles, given),
        doubts.of_event(form, roles, given),
        of_undone(form, roles, given),
        doubts.of_product(form, roles, given),
        of_ids(form, roles, given),
        of_mistaken(form, roles, given, now),
    ):
        if doubt:
            raise UnclearError(*doubt)


def products_of(
    form: Form, product: str | None, bought: frozenset[str] = frozenset()
) -> Products:
    """What a file of products becomes; `bought` are ids in files of interactions. UnclearError if a
    person must say more.
    """
    given = named(form, {"products_id": product} if product else {})
    roles = product_roles_of(form, given.get("products_id"), bought)
    if not roles.product.columns:
        question, _, example = doubts.of_none(form, "product")
        raise UnclearError(question, "--products-id", example)
    _check_nested(form, {"--products-id": roles.product})
    entry = {
        "files": [form.path.name],
        **form.params(),
        "product": roles.product.column,
        "name": roles.name.column,
        "brand": roles.brand.column,
        "type": roles.type.column,
        "price": roles.price.column,
        "texts": list(roles.texts.columns),
    }
    return Products(form, roles, entry)


def _check_nested(form: Form, roles: Mapping[str, Role]) -> None:
    if nested := doubts.of_nested(form, roles):
        raise UnclearError(*nested)


def named(form: Form, given: Given) -> Given:
    """The columns that a person has named, as the file writes their letters: an accent may be one
    with its letter, or stand behind it. UnclearError if one is not there.
    """
    there = {composed(column): column for column in (*form.columns, "none")}
    found = {}
    for role, name in given.items():
        columns = name.split("+") if role == "text" else [name]
        for column in columns:
            if composed(column) not in there:
                raise UnclearError(
                    f"{form.place}: no column {column!r} (found: {shown(form.columns)})",
                    f"--{role.replace('_', '-')}",
                    shown(form.columns[:1]),
                )
        found[role] = "+".join(there[composed(column)] for column in columns)
    return found


def _format(form: Form, times: Times, dates: str | None) -> str:
    if len(times.formats) == 1:
        return times.formats[0]
    fitting = [
        one
        for one in times.formats
        if dates and DAY_FIRST.get(one) == (dates.upper() == "DMY")
    ]
    if len(fitting) != 1:
        raise UnclearError(
            f"{form.place}: no date tells whether the day or the month comes first",
            "--dates",
            "DMY",
        )
    return fitting[0]


def _weights(form: Form, event: Role, given: dict[str, float]) -> dict[str, float]:
    """A weight for each kind of event."""
    if not event.columns:
        return {}
    kinds = kinds_of(form.rows[event.column])
    said = {composed(kind): weight for kind, weight in given.items()}
    found = {kind: said.get(composed(kind), _usual(kind)) for kind in kinds}
    unknown = [kind for kind, weight in found.items() if weight is None]
    if unknown:
        why = f"; {EMPTY}: {doubts.FIRST_LINE}" if "" in unknown else ""
        raise UnclearError(
            f"{form.place}: events {shown(unknown)} of column {event.column!r} have no weight "
            f"(-1 to 1, a purchase is 1; 0 leaves them out{why})",
            "--weight",
            f"{unknown[0]}=0.2",
        )
    return {kind: weight for kind, weight in found.items() if weight is not None}


def _usual(kind: str) -> float | None:
    """The weight of a kind of event that many shops have."""
    known = (words.EVENT_WEIGHTS.get(name) for name in spellings(kind))
    return next((weight for weight in known if weight is not None), None)


def _scale(form: Form, roles: Roles, answers: Answers) -> tuple[Scale, str]:
    """The scale of the ratings, 1 to 5 if nearly all of them are on it; and which of them are not,
    in words.
    """
    if not roles.rating.columns:
        return STARS, ""
    cells = form.rows[roles.rating.column]
    values = [
        float(text.strip().replace(",", ".")) for text in cells if _is_number(text)
    ]
    found = answers.scale or _likely(values)
    doubt = of_scale(form.place, values, found)
    if doubt and not answers.scale:
        raise UnclearError(*doubt)
    outside = [value for value in values if not found.low <= value <= found.high]
    if not outside:
        return found, ""
    many = f"{len(outside)} of {len(values)}"
    if answers.scale or len(outside) <= MAX_SHARE_OUTSIDE * len(values):
        is_or_are = "is" if len(outside) == 1 else "are"
        return found, f"{many} {is_or_are} not, e.g. {outside[0]:g}"
    raise UnclearError(
        f"{form.place}: {many} ratings are not from 1 to 5, e.g. {outside[0]:g}: which are the "
        f"worst and the best?",
        "--scale",
        "1,5",
    )


def _likely(values: list[float]) -> Scale:
    """1 to 5 if few ratings are beyond: these are slips, or a person must say."""
    if not values or (STARS.low <= min(values) and 1 < max(values) <= STARS.high):
        return STARS
    found = likely(values)
    outside = [value for value in values if not STARS.low <= value <= STARS.high]
    is_few = len(outside) <= FEW * len(values)
    return STARS if is_few and found != HALF_STARS else found


def _is_number(text: str) -> bool:
    try:
        float(text.strip().replace(",", "."))
    except ValueError:
        return False
    return True


def zone_is_needed(found: list[Interactions]) -> bool:
    """Whether some times do not say their zone."""
    return any(
        one.roles.times is not None and one.roles.times.is_local for one in found
    )


def earliest_of(found: list[Interactions], earliest: str) -> str:
    """merge.earliest: as it is, or the year of the first time where that is earlier."""
    first = min(one.roles.times.first for one in found if one.roles.times is not None)
    return min(earliest, f"{first.year}-01-01")
