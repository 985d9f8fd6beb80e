"""reports/index.html: how the shop's recommender is now, on one page that needs no network.

Times are in the runner's zone. All that comes from outside is escaped.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ops.explain import drops, live
from ops.explain.looks import Status
from ops.explain.moments import Clock, parsed
from ops.pages.measured import Evaluated
from ops.pages.seen import Seen
from ops.pages.timeline import Point, Series, Timeline, timeline
from ops.scheduler.jobs import JOBS
from ops.terminal import size_in_words
from recsys.reports import frame
from recsys.statistics.bootstrap import MeanInterval

TEMPLATE = "overview.j2"
FOLDER = Path(__file__).parent
UTC_ZONE = ZoneInfo("UTC")  # where params.yaml cannot say one


def page(seen: Seen, now: datetime, links: Mapping[str, str]) -> str:
    """The page, HTML; `links` are the other pages by their address, with their titles."""
    status = seen.status.value
    clock = status.clock if status else Clock(now, UTC_ZONE)
    content = {
        "title": "The shop's recommender",
        "seen": seen,
        "status": status,
        "clock": clock,
        "links": links,
        "wrong": wrong(seen),
        "live_lines": live_lines(status) if status else [],
        "jobs": jobs(status) if status else [],
        "drop_lines": drops.lines(status.drops, clock) if status else [],
        "by_time": by_time(seen.evaluations.value or [], clock),
        "parsed": parsed,
    }
    return frame.filled(TEMPLATE, content, size_in_words, interval, folder=FOLDER)


def live_lines(status: Status) -> list[str]:
    """How what is live got there; what another machine has put in its place goes first."""
    now = [f"now {status.elsewhere}"] if status.elsewhere else []
    return [*now, *(live.how(status.live, status.clock) if status.live else [])]


def wrong(seen: Seen) -> int:
    """How many things are ill now, or not as they should be."""
    status = seen.status.value
    trouble = status.trouble if status else [seen.status.problem]
    return len(seen.ill.value or []) + len(trouble)


def jobs(status: Status) -> list[dict[str, Any]]:
    """A row a job: when it ran last and runs next, and what came of it."""
    clock = status.clock
    return [
        {
            "name": job,
            "when": status.times.when(job),
            "last": clock.at(found[0].at) if found else "never",
            "status": found[0].status if found else "",
            "next": clock.at(due) if (due := status.times.next(job, clock.now)) else "",
            "words": status.last_words[job] if found else "",
        }
        for job in JOBS
        for found in [status.jobs.get(job, [])]
    ]


def by_time(found: list[Evaluated], clock: Clock) -> Timeline | None:
    """The newest metric over time, the best model beside the popularity list; None without any."""
    if not found:
        return None
    same = [one for one in found if one.metric == found[-1].metric]
    told = {
        "best model": [
            Point(one.at, one.model, f"{one.best} {interval(one.model)}")
            for one in same
        ],
        "popularity": [
            Point(one.at, one.popularity, interval(one.popularity)) for one in same
        ],
    }
    looks = {"best model": "als", "popularity": "base"}
    return timeline(
        "by-time",
        f"{found[-1].metric} of each evaluation",
        "The best model and the popularity list by the time of their evaluation; the lines "
        "are 95 % intervals. The table below has the figures.",
        [Series(name, looks[name], points) for name, points in told.items()],
        lambda at: f"{at.astimezone(clock.zone):%Y-%m-%d}",
    )


def interval(value: MeanInterval) -> str:
    """A mean with its interval."""
    return f"{value.mean:.3f} ({value.low:.3f} to {value.high:.3f})"
