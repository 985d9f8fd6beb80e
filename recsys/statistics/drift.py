"""How far the newest events have moved from the reference: ratings, popular items, events a day."""

from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import Field, PositiveInt

from recsys.files.atomic import read_json
from recsys.program.errors import DataError
from recsys.program.params import Section

STARS = ("1", "2", "3", "4", "5")


class Params(Section):
    window_days: PositiveInt
    max_rating_shift: float = Field(ge=0, le=1)
    max_top_items_shift: float = Field(ge=0, le=1)
    top_items: PositiveInt
    max_rate_shift: float = Field(ge=0)


def summarise(events: pl.DataFrame, window_days: int, top_items: int) -> dict[str, Any]:
    """What the newest `window_days` of events look like; the window ends at the newest event, no
    clock is read.
    """
    newest = events["timestamp"].max()
    window = events.filter(pl.col("timestamp") > newest - timedelta(days=window_days))  # type: ignore[operator]
    stars = window["rating"].round().cast(pl.Int64)
    popular = (
        window.group_by("product_id").len().sort(["len", "product_id"], descending=[True, False])
    )
    return {
        "newest_event": newest.astimezone(UTC).isoformat(),  # type: ignore[union-attr]
        "window_days": window_days,
        "top_n": top_items,
        "events": len(window),
        "events_a_day": round(len(window) / window_days, 6),
        "rating_share": {
            star: round(int((stars == int(star)).sum()) / len(window), 6) for star in STARS
        },
        "top_items": popular["product_id"].head(top_items).to_list(),
    }


def compare(now: dict[str, Any], reference: dict[str, Any]) -> dict[str, float]:
    """How far two summaries are apart.

    rating: total variation distance of the star shares, 0 to 1. top_items: 1 - Jaccard similarity,
    0 to 1. rate: relative change of the events a day, 0 or more.
    """
    rating = (
        sum(abs(now["rating_share"][star] - reference["rating_share"][star]) for star in STARS) / 2
    )
    ours, theirs = set(now["top_items"]), set(reference["top_items"])
    rate = abs(now["events_a_day"] - reference["events_a_day"]) / max(
        reference["events_a_day"], 1e-9
    )
    return {
        "rating_shift": round(rating, 6),
        "top_items_shift": round(1 - len(ours & theirs) / len(ours | theirs), 6),
        "rate_shift": round(rate, 6),
    }


def judge(shifts: dict[str, float], params: Params) -> dict[str, Any]:
    """metrics/drift.json: each shift, its limit, and whether it is over it."""
    limits = {name: getattr(params, f"max_{name}") for name in shifts}
    over = [name for name, shift in shifts.items() if shift > limits[name]]
    return {"drifted": len(over), **shifts, "limits": limits, "over": over}


def read_reference(path: Path, settings: Params) -> dict[str, Any]:
    """The reference. DataError if it is not one, or was made with other settings."""
    reference = read_json(path)
    try:
        whole = set(reference["rating_share"]) == set(STARS) and isinstance(
            reference["top_items"], list
        )
        whole &= all(
            isinstance(share, (int, float)) for share in reference["rating_share"].values()
        )
        whole &= isinstance(reference["events_a_day"], (int, float)) and isinstance(
            reference["window_days"], int
        )
    except (TypeError, KeyError, AttributeError):
        whole = False
    if not whole:
        raise DataError(f"{path}: not a drift reference; delete it, and the next run makes one")
    if (reference["window_days"], reference.get("top_n")) != (
        settings.window_days,
        settings.top_items,
    ):
        raise DataError(
            f"{path}: made with another drift.window_days or drift.top_items than params.yaml has; delete it, and the "
            f"next run makes one"
        )
    return dict(reference)
