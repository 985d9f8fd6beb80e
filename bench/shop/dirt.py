"""The damaged rows of a generated shop: a few of each kind."""

from collections.abc import Sequence

from numpy.random import Generator

DIRTY_SHARE = 0.003
DIRTY_KINDS = (
    "zero",
    "six",
    "words",
    "no_rating",
    "no_such_day",
    "no_user",
    "short",
    "duplicate",
)
BAD_RATINGS = {"zero": "0", "six": "6", "words": "năm sao", "no_rating": ""}
NO_SUCH_DAY = "2024-02-30 10:00:00"


def plan_dirt(rows: int, rng: Generator) -> dict[int, str]:
    """The kind of dirt of some of `rows` rows: DIRTY_SHARE of them, every kind at least once."""
    of_a_kind = max(1, round(rows * DIRTY_SHARE / len(DIRTY_KINDS)))
    places = rng.choice(rows, size=of_a_kind * len(DIRTY_KINDS), replace=False)
    return {
        int(place): DIRTY_KINDS[i % len(DIRTY_KINDS)] for i, place in enumerate(places)
    }


def soil(row: Sequence[str], kind: str) -> list[list[str]]:
    """The rows to write in place of `row`: one damaged row, or two equal ones for a duplicate."""
    if kind == "duplicate":
        return [list(row), list(row)]
    user, product, rating, comment, processed, day = row
    if kind == "short":
        return [[user, product, rating, comment, processed]]
    rating = BAD_RATINGS.get(kind, rating)
    if kind == "no_user":
        user = ""
    if kind == "no_such_day":
        day = NO_SUCH_DAY
    return [[user, product, rating, comment, processed, day]]
