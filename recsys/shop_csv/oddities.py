"""What is odd with the data: shares of the interactions, each with a bound over which it is said,
and one over which the run stops.

Where a share is that of the most frequent user, product, time or text, that one is looked for among
at most SAMPLE rows, drawn evenly; how often it is there is counted in all of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from pydantic import Field

from recsys.files.empty_texts import is_empty
from recsys.files.tables import Columns
from recsys.program.errors import DataError
from recsys.program.params import Section
from recsys.shop_csv.accounts import Account

SAMPLE = 20_000
SHOWN = 40  # characters of a value in a message


class Bounds(Section):
    """Shares: one over `warn` is said, one over `stop` stops the run. 1: never."""

    warn: float = Field(ge=0, le=1)
    stop: float = Field(ge=0, le=1)


class OddParams(Section):
    """The section `merge.odd`: shares of the interactions."""

    unknown_products: Bounds  # the catalogue does not have the product
    products_in_another_form: Bounds  # it has it as 8000, here it is 8000.0
    users_in_another_form: Bounds  # the user stands as 8000 and as 8000.0
    users_in_two_cases: Bounds  # as Ab12 and as ab12
    products_in_two_cases: Bounds
    rounded_ids: Bounds  # a spreadsheet has kept 15 of their digits
    one_user: Bounds
    one_product: Bounds
    equal_times: Bounds
    one_text: Bounds  # the most frequent comment
    empty_texts: Bounds  # comments such as \N, nan, -
    unseen_characters: Bounds  # ids with some; they are taken out
    refused_for_one_reason: Bounds  # rows of all files


class Oddity(NamedTuple):
    """A share that may be odd, and what it is of, in words."""

    share: float
    words: str = ""


Odd = dict[str, Oddity]  # by the name of its bounds


def of_rows(rows: Columns) -> Odd:
    """What shows in the interactions: user_id, product_id, timestamp and comment."""
    comment = rows["comment"]
    some = _some(comment)
    return {
        "one_user": most_frequent(rows["user_id"]),
        "one_product": most_frequent(rows["product_id"]),
        "equal_times": most_frequent(rows["timestamp"]),
        "one_text": most_frequent(comment, some.filter(~is_empty(some))),
        "empty_texts": _empty_texts(some),
    }


def _some(values: pl.Series) -> pl.Series:
    """At most SAMPLE of the values."""
    if len(values) <= SAMPLE:
        return values
    return values[np.arange(SAMPLE) * len(values) // SAMPLE]


def most_frequent(values: pl.Series, among: pl.Series | None = None) -> Oddity:
    """The share of the most frequent of the values; it is looked for `among` some of them."""
    some = _some(values) if among is None else among
    if not len(some):
        return Oddity(0.0)
    counts = some.alias("value").value_counts().sort("count", "value", descending=True)
    value = counts["value"][0]
    return Oddity(float((values == value).sum()) / len(values), _shown(value))


def _empty_texts(some: pl.Series) -> Oddity:
    empty = some.filter((some != "") & is_empty(some))
    share = len(empty) / max(len(some), 1)
    return Oddity(share, most_frequent(empty).words)


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else f"{value}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def of_accounts(accounts: Iterable[Account]) -> Odd:
    """What shows in the accounts of all files."""
    listed = list(accounts)
    rows = max(sum(account.read for account in listed), 1)
    reasons = Counter(row.reason for account in listed for row in account.refused)
    worst, count = next(iter(reasons.most_common(1)), ("", 0))
    unseen = sum(account.unseen for account in listed)
    return {
        "unseen_characters": Oddity(min(unseen / rows, 1.0), "taken out of ids"),
        "refused_for_one_reason": Oddity(count / rows, worst),
    }


def as_json(odd: Odd) -> dict[str, float]:
    """The shares for metrics/merge.json, by name."""
    return {name: round(one.share, 6) for name, one in sorted(odd.items())}


def over(odd: Odd, params: OddParams) -> dict[str, float]:
    """The shares that are over their bound to be said, by name, to three digits: neither a value
    nor what moves from day to day.
    """
    return {
        name: round(one.share, 3)
        for name, one in sorted(odd.items())
        if _is_over(name, one, params)
    }


def table(odd: Odd, params: OddParams) -> list[str]:
    """A line for each share that is over its bound to be said; none where nothing is odd."""
    said = [
        (name, one) for name, one in sorted(odd.items()) if _is_over(name, one, params)
    ]
    width = max((len(name) for name, _ in said), default=0)
    return [
        f"{name:{width}}  {one.share:6.1%}  {one.words}".rstrip() for name, one in said
    ]


def _is_over(name: str, one: Oddity, params: OddParams) -> bool:
    return one.share > _bounds(params)[name].warn


def _bounds(params: OddParams) -> Mapping[str, Bounds]:
    return {name: getattr(params, name) for name in OddParams.model_fields}


def check(odd: Odd, params: OddParams, place: str) -> None:
    """DataError for the first share that is over the bound at which a run stops."""
    for name, one in sorted(odd.items()):
        stop = _bounds(params)[name].stop
        if one.share > stop:
            raise DataError(
                f"{place}: {name} is {one.share:.1%} of the interactions, more than "
                f"merge.odd.{name}.stop ({stop:g}): {one.words}; mend the data, or raise it"
            )
