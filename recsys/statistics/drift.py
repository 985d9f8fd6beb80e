"""How far the newest events have moved from the reference: ratings, popular items, events a day."""

from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    field_validator,
)

from recsys.files.atomic import read_json, write_json
from recsys.program.errors import DataError
from recsys.program.params import Section

STARS = ("1", "2", "3", "4", "5")
HALVES = ("1.5", "2.5", "3.5", "4.5")
FEWEST_EVENTS_A_DAY = 1e-9  # of a reference; so that nothing is divided by 0


class Params(Section):
    """Section `drift` of params.yaml."""

    window_days: PositiveInt
    max_rating_shift: float = Field(ge=0, le=1)
    max_top_items_shift: float = Field(ge=0, le=1)
    top_items: PositiveInt
    max_rate_shift: float = Field(ge=0)


class DriftReference(BaseModel):
    """How the events of a window look; the fields are the keys of reference.json, in their order.

    The first that is made is kept; the windows of later runs are compared with it.
    """

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    newest_event: str  # ISO 8601, UTC
    window_days: int
    top_n: int  # so many items are in top_items, if there are so many
    events: int
    events_a_day: float
    # share of the events by stars, "1" to "5", and "1.5" to "4.5" where there are half stars
    rating_share: dict[str, float]
    top_items: list[str]  # product ids by falling number of events

    @field_validator("rating_share")
    @classmethod
    def _check_that_all_stars_are_there(
        cls, value: dict[str, float]
    ) -> dict[str, float]:
        if not set(STARS) <= set(value) <= {*STARS, *HALVES}:
            raise ValueError(f"must have the shares of {', '.join(STARS)} stars")
        return value


def summarise(events: pl.DataFrame, window_days: int, top_items: int) -> DriftReference:
    """How the newest `window_days` of events look.

    `events` has product_id, rating and timestamp. The window ends at the newest event; no clock is
    read.
    """
    newest = events.select(pl.col("timestamp").max()).item()
    window = events.filter(pl.col("timestamp") > newest - timedelta(days=window_days))
    count = len(window)
    events_by_item = window.group_by("product_id").len()
    popular = events_by_item.sort(["len", "product_id"], descending=[True, False])
    return DriftReference(
        newest_event=newest.astimezone(UTC).isoformat(),
        window_days=window_days,
        top_n=top_items,
        events=count,
        events_a_day=round(count / window_days, 6),
        rating_share=rating_share(window["rating"]),
        top_items=popular["product_id"].head(top_items).to_list(),
    )


def rating_share(ratings: pl.Series) -> dict[str, float]:
    """The share of the ratings (events,) by stars, each cut to half a star below it: 3.9 is not 4,
    which may be a positive. Half stars are there where there is one.
    """
    halves = (ratings * 2).floor().cast(pl.Int64)
    counts = dict(halves.alias("half").value_counts().iter_rows())
    shares = {
        star: round(counts.get(round(2 * float(star)), 0) / len(ratings), 6)
        for star in (*STARS, *HALVES)
    }
    return {star: share for star, share in shares.items() if share or star in STARS}


def compare(newest: DriftReference, reference: DriftReference) -> dict[str, float]:
    """How far two windows are apart: rating_shift, top_items_shift and rate_shift.

    Of the ratings the total variation distance of the shares, 0 to 1. Of the top items 1 - Jaccard
    similarity, 0 to 1. Of the rate the relative change of the events a day, 0 or more.
    """
    new_share, old_share = newest.rating_share, reference.rating_share
    rating = (
        sum(
            abs(new_share.get(star, 0) - old_share.get(star, 0))
            for star in (*STARS, *HALVES)
        )
        / 2
    )
    new_items, old_items = set(newest.top_items), set(reference.top_items)
    similarity = len(new_items & old_items) / len(new_items | old_items)
    change = abs(newest.events_a_day - reference.events_a_day)
    return {
        "rating_shift": round(rating, 6),
        "top_items_shift": round(1 - similarity, 6),
        "rate_shift": round(
            change / max(reference.events_a_day, FEWEST_EVENTS_A_DAY), 6
        ),
    }


def against_limits(shifts: dict[str, float], params: Params) -> dict[str, Any]:
    """What metrics/drift.json says: each shift, its limit, and which are over it."""
    limits = {
        "rating_shift": params.max_rating_shift,
        "top_items_shift": params.max_top_items_shift,
        "rate_shift": params.max_rate_shift,
    }
    over = [name for name, shift in shifts.items() if shift > limits[name]]
    return {"drifted": len(over), **shifts, "limits": limits, "over": over}


def write_reference(path: Path, reference: DriftReference) -> None:
    """Write the file, whole or not at all."""
    write_json(path, reference.model_dump())


def read_reference(path: Path, params: Params) -> DriftReference:
    """The reference in the file.

    DataError if it is missing, not a reference, or was made with other params: then the same events
    would seem to drift because a setting was changed.
    """
    content = read_json(path)
    try:
        reference = DriftReference.model_validate(content)
    except ValidationError:
        raise DataError(
            f"{path}: not a drift reference; delete it, and the next run makes one"
        ) from None
    if (reference.window_days, reference.top_n) != (
        params.window_days,
        params.top_items,
    ):
        raise DataError(
            f"{path}: made with another drift.window_days or drift.top_items than params.yaml has; "
            f"delete it, and the next run makes one"
        )
    return reference
