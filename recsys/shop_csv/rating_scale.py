"""Which scale ratings are on: 1 to 5 stars, or what merge.rating_scale declares; and what a file
that is on another one looks like.

A rating r of the scale [low, high] is 1 + 4 (r - low) / (high - low) stars.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from recsys.shop_csv.contract import MAX_RATING, MIN_RATING

DIGITS = 6  # of a rating that was mapped
MAX_SHARE_OUTSIDE = 0.01  # of a file's ratings: more of them are no slips, ...
FEW_OUTSIDE = 3  # ... if they are as many
MOST_VALUES = 200  # distinct ratings of a file that are told apart
SHOWN = 8  # of these in a message
COMMON_HIGHS = (1, 5, 7, 10, 20, 100)
TURNED = (
    "must be [worst, best], the best the higher one; where 1 is the best, turn the ratings round "
    "in the files first (1 to 6: 7 - rating)"
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,30})?")


class Scale(NamedTuple):
    """The worst and the best rating."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"[{self.low:g}, {self.high:g}]"

    def stars(self, rating: float) -> float:
        """The rating as 1 to 5 stars."""
        if self == STARS:
            return rating
        share = (rating - self.low) / (self.high - self.low)
        return round(MIN_RATING + (MAX_RATING - MIN_RATING) * share, DIGITS)


STARS = Scale(MIN_RATING, MAX_RATING)


@dataclass
class Ratings:
    """The numbers that stand in a file's column of ratings, whatever becomes of their rows."""

    counts: Counter[float] = field(default_factory=Counter)

    def add(self, texts: pa.StringArray) -> None:
        """Count the numbers of a block."""
        for entry in texts.value_counts().to_pylist():
            text = entry["values"].strip(" \t")
            if _NUMBER.fullmatch(text):
                self._count(float(text.replace(",", ".")), entry["counts"])

    def merge(self, other: "Ratings") -> None:
        """Count those of another part of the file."""
        for value, count in other.counts.items():
            self._count(value, count)

    def _count(self, value: float, count: int) -> None:
        known = value in self.counts or len(self.counts) < MOST_VALUES
        self.counts[value if known else float(round(value))] += count

    @property
    def total(self) -> int:
        return self.counts.total()

    def outside(self, scale: Scale) -> int:
        """How many are no rating of the scale; 0 is one that was not given."""
        return sum(
            count
            for value, count in self.counts.items()
            if value and not scale.low <= value <= scale.high
        )


def misread(ratings: Ratings, scale: Scale, fewest: int) -> str:
    """Why a file is not on this scale, and which one to declare; "" if it may be on it. A file with
    fewer ratings than `fewest` says nothing.
    """
    if ratings.total < fewest:
        return ""
    values = sorted(ratings.counts)
    if not (_is_wider(ratings, scale) or is_narrower(values, scale)):
        return ""
    seen = f"ratings from {values[0]:g} to {values[-1]:g} ({_shown(values)})"
    found = likely(values)
    found = found if found != scale else Scale(values[0], values[-1])
    return (
        f"{seen} are no scale of {scale.low:g} to {scale.high:g}; if these run from the worst to "
        f"the best, set merge.rating_scale: {found} in params.yaml, and they become 1 to "
        f"5 stars; else mend the column rating"
    )


def _is_wider(ratings: Ratings, scale: Scale) -> bool:
    outside = ratings.outside(scale)
    return outside >= FEW_OUTSIDE and outside > MAX_SHARE_OUTSIDE * ratings.total


def is_narrower(values: list[float], scale: Scale) -> bool:
    """Whether no value can come from the upper half: thumbs or shares among stars (0 and 1), stars
    on a scale of ten or a hundred.
    """
    if scale == STARS:
        return values[-1] <= 1 and values[0] < values[-1]
    return values[-1] <= (scale.low + scale.high) / 2 and len(values) > 1


def likely(values: Iterable[float]) -> Scale:
    """The scale that such ratings most likely are on."""
    low, high = min(values), max(values)
    top = next((most for most in COMMON_HIGHS if high <= most), high)
    if low < 0:
        return Scale(-top, top)
    if top == 5 and 0 < low < 1 and all(2 * value % 1 == 0 for value in values):
        return Scale(0.5, 5)
    if top == 100 and low >= 20 and all(value % 20 == 0 for value in values):
        return Scale(20, 100)
    if top in (5, 7, 10) and low >= 1:
        return Scale(1, top)
    return Scale(0, top)


def _shown(values: list[float]) -> str:
    some = ", ".join(f"{value:g}" for value in values[:SHOWN])
    return f"{some}, ..." if len(values) > SHOWN else some
