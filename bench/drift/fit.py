"""The figures of a shop for bench/drift/shop.py, from the events that process wrote.

usage   python -m bench.drift.fit INTERACTIONS_PARQUET [--weeks N]

Of the newest weeks (104 if not said). What is alike is measured by pairs: of two events of a user,
of two weeks one after the other.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.drift.shop import LOW, MEMORY
from recsys.drift.events import COLUMNS, DAY, WEEK, Events, events_of
from recsys.drift.ratings import halves
from recsys.drift.weekly import weeks_of
from recsys.files.tables import read_table

STARS = 11  # half stars from 0 to 5
SALE = 3.0  # times the median


def fit(events: Events, weeks: int) -> dict[str, Any]:
    """Figures by the names of shop.Traits."""
    week = events.periods(WEEK)
    inside = (week >= -weeks) & (week < 0)
    user, item, time = events.user[inside], events.item[inside], events.time[inside]
    half = halves(events.rating[inside])
    visits = len(np.unique(week[inside] * (int(user.max()) + 1) + user))
    counted = weeks_of(events, -weeks, -1, 1, MEMORY)
    quality = events.quality[inside]
    new, users = counted.new_users[-26:], counted.users[-26:]
    users = users[~np.isnan(new)]  # of weeks with enough before them
    return {
        "stars": shares(half).round(4).tolist(),
        "low": round(float((half < LOW).mean()), 4),
        "low_alike": round(alike(half < LOW, user), 3),
        "more": round(len(user) / visits - 1, 3),
        "new_users": round(float(np.nansum(new) / max(1, users.sum())), 3),
        **spreads(time, weeks, counted.events),
        **popularity(item),
        "unknown": round(float((~events.in_catalogue[item]).mean()), 4),
        "quality": (round(float(quality.mean()), 3), round(float(quality.std()), 3)),
        "a_week": round(len(user) / weeks, 1),
    }


def shares(half: np.ndarray) -> np.ndarray:
    """Share of each number of half stars, (11,)."""
    return np.bincount(half, minlength=STARS) / len(half)


def alike(value: np.ndarray, user: np.ndarray) -> float:
    """Correlation of two events of a user, over all pairs; 0 if it is negative."""
    centred = value - value.mean()
    sums = np.bincount(user, centred)
    squares = np.bincount(user, centred**2)
    count = np.bincount(user)
    pairs = (count * (count - 1)).sum()
    found = ((sums**2 - squares).sum() / max(1, pairs)) / centred.var()
    return max(0.0, float(found))


def spreads(time: np.ndarray, weeks: int, a_week: np.ndarray) -> dict[str, float]:
    """How much days and weeks differ beyond chance, and how often a week is one of a sale: three
    times as busy as the median of the 9 weeks around it. Sales are told apart, and left out else.
    """
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(a_week, 4, mode="reflect"), 9
    )
    median = np.maximum(np.median(around, axis=1), 1)
    sale = a_week > SALE * median
    day = 7 * weeks - 1 - (int(time.max()) - time) // DAY
    a_day = np.bincount(day[day >= 0], minlength=7 * weeks).reshape(weeks, 7)[~sale]
    mean = a_day.mean(axis=1, keepdims=True)
    beyond = ((a_day - mean) ** 2).sum() / 6 - a_day.sum() / 7
    day_spread = max(0.001, float(beyond / (mean**2).sum()))
    steps = np.log(np.maximum(a_week, 1) / median)
    steps -= np.median(steps)
    quiet = steps[~sale]
    chance = float((1 / median[~sale]).mean()) + day_spread / 7
    variance = max(0.0, float(quiet.var()) - chance)
    pairs = ~sale[1:] & ~sale[:-1]
    covariance = float((steps[1:][pairs] * steps[:-1][pairs]).mean())
    return {
        "day_spread": round(day_spread, 3),
        "week_spread": round(variance**0.5, 3),
        "week_alike": round(min(0.9, max(0.0, covariance / max(variance, 1e-3))), 2),
        "sales": round(float(sale.mean()), 3),
        "sale_factor": round(
            float(np.exp(steps[sale].mean())) if sale.any() else 1.0, 1
        ),
    }


def popularity(item: np.ndarray) -> dict[str, float]:
    """Items, and the power by which popularity falls: by the first 20 and the first half."""
    counts = np.sort(np.bincount(item))[::-1]
    counts = counts[counts > 0]
    rank = np.arange(1, len(counts) + 1)
    best = (np.inf, 0.0, 0.0)
    for shift in (0.0, 2.0, 5.0, 10.0, 20.0, 50.0):
        head = rank <= max(20, len(rank) // 2)
        x, y = np.log(rank[head] + shift), np.log(counts[head])
        weight = counts[head] ** 0.5
        tilt, level = np.polyfit(x, y, 1, w=weight)
        error = float((weight**2 * (y - tilt * x - level) ** 2).sum())
        best = min(best, (error, -float(tilt), shift))
    return {"items": len(counts), "tilt": round(best[1], 2), "shift": best[2]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=Path)
    parser.add_argument("--weeks", type=int, default=104)
    given = parser.parse_args(arguments)
    table = read_table(given.events, COLUMNS)
    known = table["product_id"].unique().to_list()
    for name, value in fit(events_of(table, table, known), given.weeks).items():
        print(f"{name}={value!r},")


if __name__ == "__main__":
    main()
