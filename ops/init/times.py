"""In which format the times of a column are, and whether they say their zone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from recsys.shop_csv.times import TimeRules, times

# the first that reads nearly all is taken; those that read one text differently stand together
CANDIDATES = (
    ("iso8601",),
    ("DD/MM/YYYY", "MM/DD/YYYY"),
    ("D/M/YYYY", "M/D/YYYY"),
    ("D-M-YYYY", "M-D-YYYY"),
    ("YYYY/M/D",),
    ("D.M.YYYY",),
    ("epoch_s", "epoch_ms", "epoch_us"),
)
DAY_FIRST = {"DD/MM/YYYY": True, "MM/DD/YYYY": False, "D/M/YYYY": True}
DAY_FIRST |= {"M/D/YYYY": False, "D-M-YYYY": True, "M-D-YYYY": False}
ENOUGH = 0.9  # of the cells that are not empty
SOME = 0.02
LONG_AGO = date(1990, 1, 1)
ZONED = r"(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})$"


class Times(NamedTuple):
    """The formats that read a column equally well (more than one: it is ambiguous), whether its
    times lack a zone, and the first and last of them.
    """

    formats: tuple[str, ...]
    is_local: bool
    first: datetime
    last: datetime


def times_of(texts: Sequence[str], now: datetime) -> Times | None:
    """What the times of a column (rows,) are; None if they are none."""
    some = [text for text in texts if text.strip()]
    if not some:
        return None
    for group in CANDIDATES:
        counted = {form: _good(some, form, now) for form in group}
        most = max(len(good) for good in counted.values())
        if most < ENOUGH * len(some):
            continue
        best = tuple(form for form in group if len(counted[form]) == most)
        moments = sorted(counted[best[0]])
        return Times(best, _is_local(some, best[0]), moments[0], moments[-1])
    return None


def shares_of(texts: Sequence[str], now: datetime) -> dict[str, float]:
    """Which share of the cells (rows,) each format reads, of each group the best, of what the
    groups before it have left; the largest first, without those that read nearly none.
    """
    found, left = {}, list(texts)
    for group in CANDIDATES:
        read = {form: _read(left, form, now) for form in group if left}
        form = max(read, key=lambda one: len(read[one]), default="")
        if form and len(read[form]) >= SOME * len(texts):
            found[form] = len(read[form]) / len(texts)
            left = [text for at, text in enumerate(left) if at not in read[form]]
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def _good(texts: Sequence[str], form: str, now: datetime) -> list[datetime]:
    """The times that are read in a format."""
    return list(_read(texts, form, now).values())


def _read(texts: Sequence[str], form: str, now: datetime) -> dict[int, datetime]:
    """The times that are read in a format, by the places of their texts."""
    rules = TimeRules((form,), "UTC", LONG_AGO)
    micros, reasons = times(pa.array(texts, pa.string()), rules, now)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    return {
        at: start + timedelta(microseconds=int(value))
        for at, (value, reason) in enumerate(zip(micros, reasons, strict=True))
        if not reason
    }


def _is_local(texts: Sequence[str], form: str) -> bool:
    if form.startswith("epoch"):
        return False
    zoned = pl.Series(texts).str.strip_chars().str.contains(ZONED)
    has_clock = pl.Series(texts).str.contains(":", literal=True)
    return not bool((zoned & has_clock).all())
