"""What has moved: which products rose and fell, which stars, in which weeks."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recsys.drift import ratings
from recsys.drift.events import DAY, WEEK, Events, moment
from recsys.drift.judge import Judged
from recsys.drift.params import Params

MOST = 5  # products that are named on either side
LONGEST_NAME = 200  # characters

Span = tuple[int, int]  # microseconds; the first is not in it


def spans(judged: Judged, events: Events, params: Params) -> list[Span]:
    """The windows that were flagged and still count, oldest first; the newest one if none was."""
    found = {
        (each.since, each.until)
        for tested in judged.tested.values()
        for each in tested[-params.alarm_windows :]
        if each.flagged
    }
    if found or not judged.windows:
        return sorted(found)
    length = params.window_days * DAY
    end = events.until + judged.windows * length
    return [(end - length, end)]


def moved(
    judged: Judged, events: Events, names: Mapping[str, str], params: Params
) -> dict[str, Any]:
    """Shares before (the newest `reference_weeks` of the reference) and now (the windows), as plain
    values; `names` of products by id.
    """
    windows = spans(judged, events, params)
    time = events.time
    now = np.zeros(len(time), dtype=bool)
    for since, until in windows:
        now |= (time > since) & (time <= until)
    begin = events.until - params.reference_weeks * WEEK
    before = (time > begin) & (time <= events.until)
    risen, fallen = _products(events, before, now, names)
    newest = events.after(min([begin, *(since for since, _ in windows)]))
    shown = slice(len(time) - len(newest.time), None)
    return {
        "windows": [
            {"since": moment(since), "until": moment(until)} for since, until in windows
        ],
        "risen": risen,
        "fallen": fallen,
        "stars": _stars(newest, before[shown], now[shown], params),
    }


def _products(
    events: Events, before: np.ndarray, now: np.ndarray, names: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    items = len(events.item_ids)
    was, is_ = (
        ratings.shares(np.bincount(events.item[side], minlength=items))
        for side in (before, now)
    )
    change = is_ - was if now.any() else np.zeros(items)
    order = np.argsort(-change, kind="stable")

    def told(place: int) -> dict[str, Any]:
        product = events.item_ids[place]
        return {
            "product_id": product,
            "name": names.get(product, "")[:LONGEST_NAME],
            "before": round(float(was[place]), 4),
            "now": round(float(is_[place]), 4),
        }

    risen = [told(place) for place in order[:MOST].tolist() if change[place] > 0]
    last = order[::-1][:MOST].tolist()
    return risen, [told(place) for place in last if change[place] < 0]


def _stars(
    events: Events, before: np.ndarray, now: np.ndarray, params: Params
) -> list[dict[str, Any]]:
    """The share of each number of stars that is there, by one review a user in each window."""
    one = ratings.one_a_user(events, events.periods(params.window_days * DAY))
    halves = ratings.halves(events.rating)
    count = int(halves.max(initial=0)) + 1
    was, is_ = (
        ratings.shares(np.bincount(halves[side & one], minlength=count))
        for side in (before, now)
    )
    return [
        {
            "stars": half / 2,
            "before": round(float(was[half]), 4),
            "now": round(float(is_[half]), 4),
        }
        for half in range(count)
        if was[half] or is_[half]
    ]


def by_week(judged: Judged, events: Events, params: Params) -> list[dict[str, Any]]:
    """Events and shares of each week: those of the reference that are compared, and those since."""
    found, lived = judged.weeks, judged.weeks_before
    shown = params.shown_windows * params.window_days // 7
    weeks = max(shown, params.windows_a_weekly_one * params.window_days // 7)
    count = len(found.events) - lived
    rows = []
    for at in [*range(lived), *range(lived + max(0, count - weeks), lived + count)]:
        total, users = max(1.0, found.events[at]), max(1.0, found.users[at])
        rows.append(
            {
                "until": moment(events.until + (at - lived + 1) * WEEK),
                "in_reference": at < lived,
                "events": int(found.events[at]),
                "new_users": _rounded(found.new_users[at] / users),
                "new_items": _rounded(found.new_items[at] / total),
                "unknown_products": _rounded(found.unknown_products[at] / total),
            }
        )
    return rows


def _rounded(share: float) -> float | None:
    """None where it is not known what came before."""
    return None if np.isnan(share) else round(float(share), 4)
