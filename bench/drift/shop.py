"""A simulated shop for drift: customers who come again, days that are not Poisson, quiet or moved.

A week has customers; each is new or one of before, and leaves some events in it. A customer has
something of their own: how likely a low rating is, which kind of products they buy, how much their
comments say. So reviews of one customer are alike, in a week and over weeks. A day has a factor of
its own, and a week has one that is like that of the week before.

The figures of a shop are fitted to its events by bench/drift/fit.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.drift.events import DAY, WEEK, Events

KINDS = 8  # of products
FAVOURITE = 0.5  # chance that a product is of the customer's own kind
QUALITY_ALIKE = 0.3  # part of the variance of comment quality that is the customer's
MEMORY = 26  # weeks: who has not come for as long does not come again
LOW = 8  # half stars: below it a rating is low
BURN_IN = 30  # weeks before those that are compared


@dataclass(frozen=True)
class Traits:
    """The figures of a shop."""

    name: str
    stars: tuple[float, ...]  # share of events by half stars from 0 to 5
    low: float  # share of events with 1 to 3 stars
    low_alike: float  # correlation of "low" between two events of a customer
    more: float  # events of a customer in a week beyond the first, in the mean
    new_users: float  # share of a week's customers
    day_spread: float  # squared coefficient of variation of a day's factor
    week_spread: float  # standard deviation of the logarithm of a week's factor
    week_alike: float  # its correlation with that of the week before
    sales: float  # share of weeks in which there is a sale ...
    sale_factor: float  # ... and how many times as busy they are
    items: int
    tilt: float  # an item of rank r is as popular as (r + shift) ** -tilt
    shift: float
    unknown: float  # share of events of products that the catalogue does not have
    quality: tuple[float, float]  # mean and standard deviation of comment quality


@dataclass(frozen=True)
class Change:
    """What is other from the end of the reference on."""

    low: float = 0.0  # added to the share of low ratings
    new_top: int = 0  # so many of the 20 most popular products are others
    rate: float = 1.0  # times as many customers
    new_users: float = 1.0  # times as large a share of new ones


QUIET = Change()


@dataclass(frozen=True, eq=False)
class _Items:
    weights: np.ndarray  # (kinds, items), rows add up to 1
    ids: list[str]
    in_catalogue: np.ndarray
    vectors: np.ndarray  # (items, KINDS + 1) float32


def year(
    traits: Traits,
    a_week: int,
    weeks: tuple[int, int],
    rng: np.random.Generator,
    change: Change = QUIET,
) -> tuple[Events, np.ndarray]:
    """Events of so many weeks (reference, then since) with `a_week` of them in a quiet week, and
    the vectors of their items.
    """
    before, since = BURN_IN + weeks[0], weeks[1]
    total = before + since
    changed = replace(traits, new_users=min(0.95, traits.new_users * change.new_users))
    factor = _week_factors(traits, total, rng)
    factor[before:] *= change.rate
    users, weeks_of, known = _visits(
        (traits,) * before + (changed,) * since, a_week * factor, rng
    )
    until = before * WEEK
    time = weeks_of * WEEK + rng.integers(1, WEEK + 1, len(weeks_of))
    time[0], time[-1] = DAY, total * WEEK  # so that all weeks are over
    time[np.flatnonzero(weeks_of == before - 1)[-1:]] = until
    time.sort()  # each stays in its week
    later = weeks_of >= before
    items = _items(traits, change)
    found = Events(
        user=users,
        item=_bought(users, later, items, known, rng),
        rating=_stars(traits, change, users, later, known, rng),
        quality=_quality(traits, users, known, rng),
        time=time,
        item_ids=items.ids,
        in_catalogue=items.in_catalogue,
        until=until,
    )
    return found, items.vectors


def _visits(
    traits: Sequence[Traits], wanted: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int]:
    """Customer and week of each event, (events,) int64, and how many customers there are; `traits`
    and the `wanted` number of events are those of each week.
    """
    user: list[np.ndarray] = []
    week: list[np.ndarray] = []
    last: list[np.ndarray] = []  # customers of the last weeks
    known = 0
    for at, now in enumerate(traits):
        days = rng.gamma(1 / now.day_spread, now.day_spread, 7)
        rate = wanted[at] * days.mean() / (1 + now.more)
        count = max(1, int(rng.poisson(rate)))
        fresh = rng.random(count) < now.new_users if last else np.ones(count, bool)
        here = np.empty(count, dtype=np.int64)
        here[fresh] = known + np.arange(fresh.sum())
        if not fresh.all():
            pool = np.concatenate(last)
            here[~fresh] = rng.choice(pool, int((~fresh).sum()))
        known += int(fresh.sum())
        last = [*last, here][-MEMORY:]
        events = 1 + rng.poisson(now.more, count)
        user.append(np.repeat(here, events))
        week.append(np.full(events.sum(), at))
    return np.concatenate(user), np.concatenate(week), known


def _week_factors(traits: Traits, weeks: int, rng: np.random.Generator) -> np.ndarray:
    alike = traits.week_alike
    steps = rng.standard_normal(weeks)
    for at in range(1, weeks):
        steps[at] = alike * steps[at - 1] + (1 - alike**2) ** 0.5 * steps[at]
    factor = np.exp(traits.week_spread * steps - traits.week_spread**2 / 2)
    sale = rng.random(weeks) < traits.sales
    found: np.ndarray = np.where(sale, traits.sale_factor, 1.0) * factor
    return found


def _items(traits: Traits, change: Change) -> _Items:
    """All products, and those that come in place of popular ones."""
    count = traits.items
    popular = (np.arange(count) + 1 + traits.shift) ** -traits.tilt
    everywhere = np.zeros((2, count + change.new_top))
    everywhere[:, :count] = popular
    taken = np.arange(0, 2 * change.new_top, 2)  # of the first 20, every second one
    everywhere[1, count:] = popular[taken]
    everywhere[1, taken] = 0
    kind = np.arange(count + change.new_top) % KINDS
    kind[count:] = kind[taken]
    weights = []
    for side in everywhere:
        side = side / side.sum()
        own = np.stack([np.where(kind == each, side, 0) for each in range(KINDS)])
        own /= own.sum(axis=1, keepdims=True)
        weights.append(FAVOURITE * own + (1 - FAVOURITE) * side)
    order = np.random.Generator(np.random.PCG64(1)).permutation(count)
    ids = [f"{place:06}" for place in order] + [
        f"x{at}" for at in range(change.new_top)
    ]
    share = np.cumsum(np.sort(everywhere[0] / everywhere[0].sum()))
    in_catalogue = np.ones(len(ids), dtype=bool)
    rare = np.argsort(everywhere[0], kind="stable")[
        np.searchsorted(share, 0.0, side="right") : np.searchsorted(
            share, traits.unknown
        )
    ]
    in_catalogue[rare] = False
    vectors = np.full((len(ids), KINDS + 1), 0.5, dtype=np.float32)
    vectors[np.arange(len(ids)), kind] = 1.0
    return _Items(np.stack(weights), ids, in_catalogue, vectors)


def _bought(
    users: np.ndarray,
    later: np.ndarray,
    items: _Items,
    known: int,
    rng: np.random.Generator,
) -> np.ndarray:
    kind = rng.integers(KINDS, size=known)[users]
    row = later * KINDS + kind
    edges = np.cumsum(items.weights, axis=2).reshape(2 * KINDS, -1)
    # row n of the table has the numbers from n to n + 1
    table = edges / edges[:, -1:] + np.arange(2 * KINDS)[:, None]
    at = np.searchsorted(table.ravel(), row + rng.random(len(users)), side="right")
    found: np.ndarray = at - row * edges.shape[1]
    return found


def _stars(
    traits: Traits,
    change: Change,
    users: np.ndarray,
    later: np.ndarray,
    known: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Of each customer the chance of a low rating is drawn from a beta distribution."""
    own = np.full(known, traits.low)
    if 0 < traits.low_alike < 1:
        size = 1 / traits.low_alike - 1
        own = rng.beta(traits.low * size, (1 - traits.low) * size, known)
    chance = np.clip(own[users] + change.low * later, 1e-9, 1 - 1e-9)
    drawn = rng.random(len(users))
    is_low = drawn < chance
    within = np.where(is_low, drawn / chance, (drawn - chance) / (1 - chance))
    # a low rating is drawn out of those below LOW, any other one out of the rest
    edges = np.cumsum(traits.stars)
    below = edges[LOW - 1]
    place = np.where(is_low, within * below, below + within * (edges[-1] - below))
    found: np.ndarray = np.searchsorted(edges, place, side="right") / 2
    return found


def _quality(
    traits: Traits, users: np.ndarray, known: int, rng: np.random.Generator
) -> np.ndarray:
    mean, spread = traits.quality
    own = rng.standard_normal(known)[users] * QUALITY_ALIKE**0.5
    rest = rng.standard_normal(len(users)) * (1 - QUALITY_ALIKE) ** 0.5
    return np.clip(mean + spread * (own + rest), 0, 1)
