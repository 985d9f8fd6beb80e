"""The loop: at its time a job joins a queue, leaves it as a child, and its end becomes a row.

reads   params.yaml (runner, given by the caller), state/runner.db, state/repro.lock
writes  state/runner.db (runs, starts), state/runner.lock

`schedule` wakes the jobs; what they do then is only to queue the newest slot, which never raises (a
job that raises inside `schedule` fires again and again). A missed slot is caught up once, the
newest one of each job. `schedule` keeps its times by the wall clock, so a clock that is set (or a
machine that slept) has the times laid anew.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import schedule

from ops import lock, processes
from ops.processes import Child
from ops.scheduler import jobs, run_history
from ops.scheduler.jobs import JOBS, Clock, Say
from ops.scheduler.run_history import Run
from ops.scheduler.schedule import HOUR, Params, Rule, missed, newest_slot
from recsys.program.errors import StoreError, UserError

TICK_S = 0.5
STEP = timedelta(seconds=60)  # so far may the clock run from the monotonic one
RETRY_S = 60.0  # after an error of the database


@dataclass(frozen=True)
class Waiting:
    """A slot in the queue."""

    job: str
    slot: datetime


def queued(queue: Sequence[Waiting], new: Waiting) -> list[Waiting]:
    """The queue with `new` in it: a job waits once, with its newest slot, in its old place."""
    if all(waiting.job != new.job for waiting in queue):
        return [*queue, new]
    return [new if _is_older(waiting, new) else waiting for waiting in queue]


def _is_older(waiting: Waiting, new: Waiting) -> bool:
    return waiting.job == new.job and waiting.slot < new.slot


def startable(
    queue: Sequence[Waiting], running: Sequence[str], repro_by_hand: bool
) -> list[Waiting]:
    """What may start now, in the order of the queue.

    No job runs beside itself; of those that run alone one at a time, and none beside a repro by
    hand.
    """
    chosen: list[Waiting] = []
    busy = repro_by_hand or any(JOBS[job].alone for job in running)
    for waiting in queue:
        alone = JOBS[waiting.job].alone
        if waiting.job not in running and not (alone and busy):
            chosen.append(waiting)
            busy = busy or alone
    return chosen


def catch_up(
    params: Params, slots: dict[str, datetime], first_start: datetime, now: datetime
) -> list[tuple[Waiting, int]]:
    """The newest missed slot of each job, and how many were missed.

    A slot before the first start was not missed.
    """
    late = []
    for job, rule in params.jobs.items():
        since = max(slots.get(job, first_start), first_start)
        newest, count = missed(rule, params.zone, since, now)
        if newest:
            late.append((Waiting(job, newest), count))
    return late


class Loop:
    """What waits, what runs, and the timer."""

    def __init__(self, params: Params, state: Path, clock: Clock, say: Say) -> None:
        self.params, self.state, self.clock, self.say = params, state, clock, say
        self.queue: list[Waiting] = []
        self.running: dict[str, tuple[Run, Child]] = {}
        self.retry_at = 0.0
        self.said = ""
        self.arm()

    def arm(self) -> None:
        """Lay the times anew."""
        self.timer = schedule.Scheduler()
        for job, rule in self.params.jobs.items():
            every = "day" if rule.every == "month" else rule.every
            unit = getattr(self.timer.every(), every)
            unit.at(rule.at, self.params.zone).do(self.due, job, rule)
        self.clock_at, self.steady_at = self.clock(), time.monotonic()

    def due(self, job: str, rule: Rule) -> None:
        """Queue a job's slot.

        `schedule` has no months: a monthly job wakes daily, and its slot is a fresh one on the 1st
        only.
        """
        slot = newest_slot(rule, self.params.zone, self.clock())
        if self.clock() - slot < HOUR:
            self.add(Waiting(job, slot))

    def add(self, new: Waiting) -> None:
        """Queue a slot; say so if the job waits already for an older one."""
        if any(_is_older(waiting, new) for waiting in self.queue):
            self.say(
                f"{new.job}: is due again while it waits in the queue; it will run once"
            )
        self.queue = queued(self.queue, new)

    def begin(self) -> None:
        """Close what a killed runner left, and queue what was missed since it ran."""
        jobs.close_lost(self.state, self.clock(), self.say)
        run_history.note_start(self.state, self.clock())
        self.queue_missed()

    def queue_missed(self) -> None:
        """Queue the newest missed slot of each job."""
        first = run_history.first_start(self.state) or self.clock()
        slots = run_history.last_slots(self.state)
        for waiting, count in catch_up(self.params, slots, first, self.clock()):
            last = self.local(waiting.slot)
            self.say(
                f"{waiting.job}: missed {count} time(s), last {last}; runs once now"
            )
            self.add(waiting)

    def tick(self) -> None:
        """One turn. An error of one job or of the database is said, and the loop goes on."""
        self.follow_clock()
        self.timer.run_pending()
        for run_id in list(self.running):
            self.guarded(self.reap, run_id)
        if self.queue and time.monotonic() >= self.retry_at:
            for waiting in startable(self.queue, self.names(), self.repro_by_hand()):
                self.guarded(self.start, waiting)

    def follow_clock(self) -> None:
        """If the clock was set or the machine slept: lay the times anew, queue what was missed."""
        by_clock = self.clock() - self.clock_at
        lag = by_clock - timedelta(seconds=time.monotonic() - self.steady_at)
        if abs(lag) < STEP:
            return
        jump = f"{lag.total_seconds():+.0f} s"
        self.say(f"the clock jumped by {jump}: the times of the jobs are laid anew")
        self.arm()
        self.guarded(self.queue_missed)

    def names(self) -> list[str]:
        """Jobs that run now."""
        return [run.job for run, _ in self.running.values()]

    def repro_by_hand(self) -> bool:
        """Whether a repro runs that is not a child of this loop."""
        holder = lock.holder(self.state / "repro.lock")
        if holder is None or any(JOBS[job].alone for job in self.names()):
            return False
        pid = holder.get("pid")
        self.say_once(
            f"a repro by hand runs (process {pid}); jobs that share its files wait"
        )
        return True

    def start(self, waiting: Waiting) -> None:
        """From the queue to a process. If there can be no row, it stays in the queue for now."""
        limit_s = self.params.time_limit_s
        try:
            begun = jobs.launch(
                self.state, waiting.job, waiting.slot, limit_s, self.clock()
            )
        except StoreError:
            self.retry_at = time.monotonic() + RETRY_S
            raise
        except UserError:
            self.queue.remove(waiting)
            raise
        self.queue.remove(waiting)
        if begun:
            run, child = begun
            self.running[run.id] = begun
            self.say(f"{run.job}: started, process {child.process.pid}, log {run.log}")

    def reap(self, run_id: str) -> None:
        """Watch a child once; close its row when it has ended."""
        run, child = self.running[run_id]
        ended = child.step(time.monotonic())
        if ended:
            run_history.close_run(
                self.state, run.id, ended.status, ended.code, self.clock()
            )
            del self.running[run_id]
            self.say(f"{run.job}: {ended.status}, exit {ended.code}")

    def end(self) -> None:
        """End all children, close their rows as stopped.

        What waits in the queue is caught up at the next start.
        """
        for _, child in self.running.values():
            child.end("stopped", time.monotonic())
        give_up = time.monotonic() + processes.GRACE_S + 2 * processes.ZOMBIE_S
        while self.running and time.monotonic() < give_up:
            for run_id in list(self.running):
                self.guarded(self.reap, run_id)
            time.sleep(processes.POLL_S)

    def guarded(self, action: Callable[..., None], *args: object) -> None:
        """Do it; an error is said once, not at every turn."""
        try:
            action(*args)
        except (UserError, OSError) as error:
            self.say_once(f"error: {error}")

    def say_once(self, line: str) -> None:
        """Say what has not just been said."""
        if line != self.said:
            self.say(line)
        self.said = line

    def local(self, moment: datetime) -> str:
        """A moment as the zone's clock shows it."""
        return f"{moment.astimezone(ZoneInfo(self.params.zone)):%Y-%m-%d %H:%M}"


def run(
    params: Params, state: Path, clock: Clock, say: Say, tick_s: float = TICK_S
) -> int:
    """Run until SIGTERM or SIGINT; 0. InstanceError if a loop runs already."""
    facts = {"pid": os.getpid(), "since": run_history.stamp(clock())}
    with (
        lock.hold(state / "runner.lock", "the runner", facts),
        processes.stop_signals() as stopping,
    ):
        loop = Loop(params, state, clock, say)
        count = f"{len(params.jobs)} jobs"
        say(
            f"the runner is up, process {os.getpid()}; {count} by the clock of {params.zone}"
        )
        loop.begin()
        while not stopping():
            loop.tick()
            time.sleep(tick_s)
        say("the runner stops")
        loop.end()
    return 0
