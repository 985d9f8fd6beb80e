"""Years of the court: how often it raises a false alarm, and how soon it notices a loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.gate.shop import Model, Shop
from recsys.program.seeds import generator
from recsys.statistics import court

WEEKS = 52
YEAR = 2026


@dataclass(frozen=True)
class Weeks:
    """What is simulated: so many users buy in a week, and the former champion is better or not."""

    users: int
    loss: float = 0.0  # of the champion, beside the former one
    promoted: float = 0.0  # chance of another pair in a week
    returning: float = 0.0  # share of a week's users who are those of the week before
    again: bool = False  # whether they are heard again, which the court does not do


def alarms(weeks: Weeks, years: int, seed: int, params: court.Params) -> dict[str, Any]:
    """Shares of years with an alarm, and the week of it: median and nine of ten years."""
    found = [
        _alarm(weeks, generator(seed, weeks.users, year), params)
        for year in range(years)
    ]
    raised = np.array([WEEKS + 1 if week is None else week for week in found])
    median, late = np.percentile(raised, [50, 90], method="inverted_cdf").tolist()
    changed = {
        "promoted": weeks.promoted,
        "returning": weeks.returning,
        "again": weeks.again,
    }
    return {
        "users": weeks.users,
        **({"loss": weeks.loss} if weeks.loss else changed),
        "years": years,
        "alarms": round(float((raised <= WEEKS).mean()), 4),
        "median_week": None if median > WEEKS else int(median),
        "week_of_90_percent": None if late > WEEKS else int(late),
    }


def _alarm(weeks: Weeks, rng: np.random.Generator, params: court.Params) -> int | None:
    """The week of the first alarm of a year, from 1; None if there is none."""
    shop = Shop(weeks.users, rng, renewed=1 - weeks.returning)
    former, champion = shop.model(1.0), shop.model(1 - weeks.loss)
    case, pair = court.opened("former", _hearing(shop, champion, former, 0)), 0
    for week in range(1, WEEKS + 1):
        heard: np.ndarray | slice = shop.week()
        if week == 1 or weeks.again:
            heard = slice(None)
        if rng.random() < weeks.promoted:
            former, champion, pair = champion, shop.model(champion.quality), pair + 1
            shop.only(former, champion)
            heard = slice(None)
        hearing = _hearing(shop, champion, former, pair, heard)
        case = court.heard(case, hearing, params)
        if court.ruling(case, params) == "worse":
            return week
    return None


def _hearing(
    shop: Shop,
    champion: Model,
    former: Model,
    pair: int,
    heard: np.ndarray | slice = slice(None),
) -> court.Hearing:
    """The week's purchases of these users; ids are numbers of the pair."""
    ids = f"champion-{pair}", f"former-{pair}"
    values = shop.values(champion)[heard], shop.values(former)[heard]
    return court.Hearing(YEAR, *ids, *values)
