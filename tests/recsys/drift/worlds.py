"""Shops whose drift is known: users, products, stars and weeks by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from recsys.drift.events import COLUMNS, Events, events_of
from recsys.drift.params import MEASURES, Floors, Params

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)  # of the newest event of the reference
ITEMS = 40


def params(**changes: Any) -> Params:
    """Small and quick."""
    floors = changes.pop("floors", {})
    values = {
        "level": 0.05,
        "window_days": 7,
        "reference_weeks": 8,
        "fewest_weeks": 6,
        "new_after_weeks": 1,
        "fewest_users": 10,
        "exact_below": 200,
        "resamples": 199,
        "top_items": 5,
        "alarm_windows": 3,
        "alarm_after": 2,
        "shown_windows": 12,
        "seed": 42,
        **changes,
    }
    return Params(
        **values, floors=Floors(**{**dict.fromkeys(MEASURES, 0.05), **floors})
    )


def rows(*events: tuple[str, str, float, float, float]) -> pl.DataFrame:
    """Events of (user, product, rating, quality, days after UNTIL)."""
    table = pl.DataFrame(
        [
            (user, item, rating, quality, UNTIL + timedelta(days=day))
            for user, item, rating, quality, day in events
        ],
        schema={
            "user_id": pl.String,
            "product_id": pl.String,
            "rating": pl.Float64,
            "comment_quality": pl.Float64,
            "timestamp": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    return table.select(COLUMNS)


def weeks(
    first: int,
    last: int,
    rng: np.random.Generator,
    a_week: int = 60,
    low: float = 0.1,
    prefix: str = "p",
    quality: float = 0.5,
) -> list[tuple[str, str, float, float, float]]:
    """So many events each week, each of its own user; the first products are the popular ones."""
    found = []
    for week in range(first, last + 1):
        for at in range(a_week):
            item = int(ITEMS * rng.random() ** 2)
            stars = 1.0 if rng.random() < low else 5.0
            day = 7 * (week + (at + 1) / a_week)
            found.append(
                (
                    f"u{week}-{at}",
                    f"{prefix}{item:02}",
                    stars,
                    quality + 0.1 * rng.random(),
                    day,
                )
            )
    return found


def shop(now: int = 4, seed: int = 1, **changed: Any) -> Events:
    """Eighteen weeks of reference, and `now` weeks since, which may be changed as `weeks` says."""
    rng = np.random.default_rng(seed)
    reference = rows(*weeks(-9, -1, rng))
    newest = rows(*weeks(0, now - 1, rng, **changed))
    reference = pl.concat([rows(*weeks(-18, -10, rng)), reference])
    catalogue = [f"p{item:02}" for item in range(ITEMS)]
    return events_of(reference, pl.concat([reference, newest]), catalogue)


def vectors(events: Events) -> np.ndarray:
    """Products of one letter point one way, (items, 2) float32."""
    return np.array(
        [
            [1.0, 0.1] if item.startswith("p") else [0.1, 1.0]
            for item in events.item_ids
        ],
        dtype=np.float32,
    )
