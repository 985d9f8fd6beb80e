"""Years of weekly refreshes: how many equal ones are promoted, and how far worse ones get.

Each week's refresh is worse than the champion of that week by a part of the margin, and judged by
the gate itself with all that it asks for. Where it is held, the champion stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.gate.judged import POPULARITY, question
from bench.gate.shop import Shop, margin
from recsys.program.seeds import generator
from recsys.statistics import gate
from recsys.statistics.error_budget import Try

WEEKS = 52
ALLOWED = 1.2  # margins below the anchor, at the fifth percentile of the years
LEAST = 0.02  # quality: what is worse than that is as bad


@dataclass(frozen=True)
class Chain:
    """What is simulated: the shop, and how much worse each refresh is."""

    users: int
    step: float  # of a margin
    anchored: bool = True
    renewed: float = 0.05  # of the users, each week
    items: int = 1  # test items of a user
    likeness: float = (
        0.0  # of a refresh to the champion: what it does for a user is the same
    )


@dataclass(frozen=True)
class Outcome:
    """What came of a chain's years."""

    chain: Chain
    years: int
    margin: float  # share of the anchor's quality
    promoted: float  # share of the weeks
    below: tuple[
        float, float
    ]  # margins below the anchor at the end: median, and 95 % of years
    quality: float  # at the end, beside the anchor's 1, at the fifth percentile

    @property
    def kept(self) -> bool:
        """Whether quality stays where it has to."""
        return self.below[1] <= ALLOWED + 1e-9


def outcome(chain: Chain, years: int, seed: int, params: gate.Params) -> Outcome:
    """Simulate the years of a chain."""
    allowed = margin(
        chain.users, chain.items, params.margin_share, params.margin_errors
    )
    ends: list[float] = []
    promoted = 0
    for year in range(years):
        rng = generator(seed, chain.users, round(100 * chain.step), year)
        end, count = _year(chain, allowed, rng, params)
        ends.append(end)
        promoted += count
    below = (1 - np.array(ends)) / allowed
    # the year itself that 95 % of years are not beyond: nothing is interpolated
    median, far = np.percentile(below, [50, 95], method="inverted_cdf").tolist()
    return Outcome(
        chain,
        years,
        allowed,
        promoted / years / WEEKS,
        (median, far),
        1 - far * allowed,
    )


def _year(
    chain: Chain, allowed: float, rng: np.random.Generator, params: gate.Params
) -> tuple[float, int]:
    """Quality of what is in production after a year, and how many refreshes were promoted."""
    shop = Shop(chain.users, rng, chain.renewed, chain.items)
    anchor, popularity = shop.model(1.0), shop.model(POPULARITY)
    champion, promoted = anchor, 0
    tries: list[Try] = []
    for week in range(WEEKS):
        shop.week()
        quality = max(LEAST, champion.quality - chain.step * allowed)
        challenger = shop.model(quality, champion, chain.likeness)
        stable = anchor if chain.anchored else None
        asked = question(
            shop, "refresh", week, challenger, champion, stable, popularity
        )
        verdict = gate.decide(asked, tries if chain.anchored else [], params)
        tries.append(verdict.entry)
        if verdict.decision == "PROMOTE":
            champion, promoted = challenger, promoted + 1
        shop.only(anchor, champion, popularity)
    return champion.quality, promoted


def chains(sizes: tuple[int, ...]) -> Iterator[Chain]:
    """All that the table shows."""
    for users in sizes:
        for anchored in (True, False):
            for step in (0.0, 0.25, 0.5, 1.0):
                yield Chain(users, step, anchored)
    users = sizes[min(1, len(sizes) - 1)]
    for step in (0.0, 0.25, 0.5, 1.0):
        yield Chain(users, step, renewed=1.0)
        yield Chain(users, step, likeness=0.9)


def pooled(sizes: tuple[int, ...]) -> Iterator[Chain]:
    """Equal refreshes, with one test item a user and with three."""
    for users in sizes:
        for items in (1, 3):
            yield Chain(users, 0.0, items=items)


def row(found: Outcome) -> dict[str, Any]:
    """The outcome for the results file."""
    chain = found.chain
    return {
        "users": chain.users,
        "step": chain.step,
        "anchored": chain.anchored,
        "renewed": chain.renewed,
        "likeness": chain.likeness,
        "years": found.years,
        "margin": round(found.margin, 4),
        "promoted": round(found.promoted, 3),
        "margins_below_median": round(found.below[0], 2),
        "margins_below_95": round(found.below[1], 2),
        "quality": round(found.quality, 3),
        "kept": found.kept,
    }


def pooled_row(found: Outcome) -> dict[str, Any]:
    """The outcome of an equal chain, by the test items of a user."""
    return {
        "users": found.chain.users,
        "items": found.chain.items,
        "years": found.years,
        "margin": round(found.margin, 4),
        "promoted": round(found.promoted, 3),
    }
