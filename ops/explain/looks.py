"""All that `python runner.py status` shows, looked at once: the runner, what is live, what waits.

reads   state/ (locks, schedule.json, runner.db, alerts.db), params.yaml, mlruns/mlflow.db,
        metrics/merge.json, data/staging/, releases/current; works when nothing has ever run
writes  nothing
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ops import lock
from ops.alerts import outbox
from ops.alerts.outbox import Cause
from ops.deploy import deployment_log
from ops.explain import disk, drops, happenings, last_health, live, made, refused_rows
from ops.explain.happenings import Happening
from ops.explain.live import Live, Waiting
from ops.explain.moments import Clock
from ops.explain.timetable import Timetable, kept
from ops.scheduler import run_history, stopping
from ops.scheduler.jobs import JOBS
from recsys.program.errors import InstanceError, StoreError


@dataclass(frozen=True)
class Runner:
    """The process that keeps the times."""

    alive: bool
    pid: int | None = None
    since: str | None = None  # ISO 8601 UTC
    frozen: bool = False


@dataclass(frozen=True)
class Status:
    """All that is shown."""

    clock: Clock
    runner: Runner
    times: Timetable
    jobs: dict[str, list[Happening]]  # newest first
    due: dict[str, datetime]  # slots that wait for other jobs, or for another try
    last_words: dict[str, str]  # by job
    live: Live | None  # by the log of this machine
    elsewhere: (
        str  # what another machine has put in its place, in words; "" if none has
    )
    waiting: Waiting | None
    trouble: list[str]
    # why the registry cannot be read: then nothing is known of what waits
    unread: str | None
    ill: list[Cause]  # now, by the alerts, the worst first
    drops: drops.Drops
    refused: refused_rows.Refused | None
    blocked: dict[str, str]  # files of which no row is merged: why
    health: last_health.LastHealth
    disk: disk.Disk


def collect(
    root: Path, state: Path, mlruns: Path, params: Path, now: datetime
) -> Status:
    """Look at all of it. ConfigError if params.yaml is wrong and no runner is up; StoreError if a
    database of the runner cannot be read. A registry that cannot be read hides nothing else.
    """
    runner = look_at_runner(state)
    times = kept(state, params, runner.alive)
    clock = Clock(now, times.zone)
    found = happenings.all_of(state, clock)
    db = state / deployment_log.DATABASE
    elsewhere, waiting, trouble, unread = _registry(root, mlruns, db)
    return Status(
        clock=clock,
        runner=runner,
        times=times,
        jobs=found,
        due={job: slot for job, slot, _ in run_history.waiting(state)},
        last_words={job: last_words(found.get(job, []), root, state) for job in JOBS},
        live=live.live(db),
        elsewhere=elsewhere,
        waiting=waiting,
        trouble=trouble,
        unread=unread,
        ill=ill_now(state),
        drops=drops.look(root / "data" / "staging"),
        refused=refused_rows.look(root),
        blocked=refused_rows.blocked(root),
        health=last_health.look(state),
        disk=disk.look(root),
    )


def _registry(
    root: Path, mlruns: Path, db: Path
) -> tuple[str, Waiting | None, list[str], str | None]:
    """What another machine has promoted, what waits, what is not as it should be, and why the
    registry cannot be read, if so.
    """
    try:
        elsewhere = live.elsewhere(root, mlruns, db)
        return elsewhere, live.waiting(mlruns, db), live.trouble(root, mlruns, db), None
    except StoreError as error:
        return "", None, live.trouble_here(db), str(error)


def ill_now(state: Path) -> list[Cause]:
    """What alerts were said of that is not well again, the worst first."""

    def weight(cause: Cause) -> tuple[int, str]:
        return -outbox.LEVELS.index(cause.level), cause.since

    return sorted(outbox.causes(state), key=weight)


def look_at_runner(state: Path) -> Runner:
    """Whether it is up, since when, and whether it does anything."""
    path = state / stopping.LOCK
    facts = lock.holder(path)
    if facts is None:
        return Runner(alive=False)
    try:
        frozen = stopping.is_frozen(stopping.holding(path, facts))
    except InstanceError:  # not to be seen from here
        frozen = False
    return Runner(True, facts.get("pid"), facts.get("since"), frozen)


def last_words(found: list[Happening], root: Path, state: Path) -> str:
    """What came of a job the last time, with what its run has made of the project."""
    if not found:
        return "never ran"
    newest = found[0]
    more = made.by(newest.run, root, state) if newest.run else ""
    return f"{newest.sentence}; {more}" if more else newest.sentence
