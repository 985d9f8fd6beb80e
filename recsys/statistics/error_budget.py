"""The chance of a false "better" that a calendar year has, and how the tries spend it.

A new recipe that is no better passes each test with the chance `level`. Fifty-two tests at .05 call
one better in two of three years. So the year has one chance, and each try a part of it: the sum is
the chance that any of them is wrong, however the tries depend on one another (Bonferroni).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import pi
from typing import Any, Literal

Decision = Literal["PROMOTE", "HOLD", "REJECT"]
Kind = Literal["first", "refresh", "new_recipe"]
DUST = 1e-6  # of a part: what a sum of parts may leave by rounding


@dataclass(frozen=True)
class Try:
    """A verdict of the gate, as the ledger keeps it."""

    year: int  # calendar year of the verdict
    model_id: str
    kind: Kind
    decision: Decision
    alpha: float  # that it spent; 0 for a refresh, and where nothing was tested
    champion_id: str | None = None  # whom it was compared with
    anchor_id: str | None = None
    over_anchor: float | None = (
        None  # measured difference from the anchor, of a refresh
    )

    @property
    def tested(self) -> bool:
        """Whether anything was compared: a HOLD for too few users tells nothing of the content."""
        return self.alpha > 0 or self.over_anchor is not None

    def as_json(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self)


def level(
    kind: Kind, year: int, tries: Sequence[Try], alpha: float, in_a_year: int
) -> float:
    """What the next try of a new recipe, or of a first model, may spend; 0 if nothing is left.

    New recipes get equal parts, `in_a_year` of them. First models get alpha 6 / (pi k)^2 for the
    k-th: the sum is alpha too, but the parts never end, so that a young shop is not held for a year
    because its first weeks had too little data. A refresh spends nothing.
    """
    paid = [
        each.alpha
        for each in tries
        if each.year == year and each.kind == kind and each.alpha > 0
    ]
    if kind == "refresh":
        return 0.0
    if kind == "first":
        return alpha * 6 / (pi * (len(paid) + 1)) ** 2
    part, left = alpha / in_a_year, alpha - sum(paid)
    return min(part, left) if left > part * DUST else 0.0


def former(model_id: str, tries: Sequence[Try]) -> Try | None:
    """The latest verdict on the same content that was tested, of any year."""
    same = [each for each in tries if each.model_id == model_id and each.tested]
    return same[-1] if same else None


def refreshes(anchor_id: str | None, tries: Sequence[Try]) -> list[float]:
    """What each refresh measured over this anchor, the oldest first."""
    return [
        each.over_anchor
        for each in tries
        if each.kind == "refresh"
        and each.anchor_id == anchor_id
        and each.over_anchor is not None
    ]
