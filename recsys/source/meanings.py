"""What a column says by its name and cells: a rating, an event, a quantity, a mark that is set."""

import re
from collections.abc import Sequence

from recsys.source import words
from recsys.source.words import bare, parts_of, spellings

NUMBER = re.compile(r"-?[0-9]{1,4}(?:[.,][0-9]{1,3})?")
MOST_EVENTS = 30
FEW_KINDS = 30  # distinct cells of ratings in words: good, bad
SHORT = 16  # characters of such a cell
FEWEST_KINDS = {
    5.0: 3,
    10.0: 6,
}  # of numbers up to 5, and up to 10, that may be ratings
HIGH = 0.45  # of the highest: so high is their mean at least
BELOW_0 = re.compile(r"\(?\s*[-\u2212][^0-9]{0,4}[0-9.,\s]*[1-9]")
_MARK = re.compile(r"[0-9★☆⭐*½%]|\\N|(?i:n/?a|null|none|nan)")
_NOTHING = re.compile(r"[-+]?[0.,\s]*")


def value_of(text: str) -> float:
    """A number that may have a decimal comma."""
    return float(text.strip().replace(",", "."))


def counts(column: str) -> bool:
    """Whether a name says that the numbers are no ratings."""
    parts = {name for part in parts_of(column) for name in spellings(part)}
    return not (parts | set(spellings(column))).isdisjoint(words.COUNT)


def are_on_a_scale(cells: Sequence[str]) -> bool:
    """Whether cells are numbers up to 5 or 10, whole or half, mostly not the lowest, as those of
    ratings are, and those of quantities are not.
    """
    if not cells or not all(NUMBER.fullmatch(cell.strip()) for cell in cells):
        return False
    values = [value_of(cell) for cell in cells]
    kinds = set(values) - {0.0}
    top = max(values)
    if top not in FEWEST_KINDS or min(values) < 0 or any(2 * one % 1 for one in kinds):
        return False
    given = [value for value in values if value]
    is_high = sum(given) >= HIGH * top * len(given)
    return FEWEST_KINDS[top] <= len(kinds) < len(given) and is_high


def is_called(column: str, names: Sequence[str]) -> bool:
    """Whether a column, or a cell, has one of these names."""
    return not set(spellings(column)).isdisjoint(names)


def are_ratings(cells: Sequence[str]) -> bool:
    """Whether cells of a column that is called a rating may be some, in numbers or words."""
    kinds = {cell.strip() for cell in cells}
    marked = sum(_MARK.match(cell.strip()) is not None for cell in cells)
    are_short = all(len(kind) <= SHORT for kind in kinds)
    return marked > 0.5 * len(cells) or (are_short and len(kinds) <= FEW_KINDS)


def is_set(cell: str) -> bool:
    """Whether a mark, a time or an amount is there: neither none, nor no, nor 0."""
    return not _NOTHING.fullmatch(cell) and bare(cell) not in words.NO


def is_quantity(column: str) -> bool:
    """Whether a name says how many were bought, or for how much."""
    parts = {name for part in parts_of(column) for name in spellings(part)}
    parts |= set(spellings(column))
    return not parts.isdisjoint(words.BOUGHT) and parts.isdisjoint(words.TAKEN_OFF)
