"""What waits, and up to when each job is settled: written down first, remembered then.

writes  state/runner.db (waiting, missed, settled)

What is due is decided by rows alone (ops/scheduler/dues.py has the rules), so that a wake too much,
a killed runner, a machine that slept or a clock that is set lose and double nothing.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ops.scheduler import dues, retries, run_history
from ops.scheduler.dues import DISABLED, OVERTAKEN, Waiting
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Times, next_slot

DOWN = "the runner was down"
BUSY = "the runner could not look in time"
WAITED = "it waited for other jobs"
Reasons = dict[tuple[str, datetime], str]
Told = Callable[[Reasons, datetime], object]


class Book:
    """The queue, and what was written down of it. `told` hears of slots that are missed."""

    def __init__(self, times: Times, state: Path, told: Told) -> None:
        self.times, self.state, self.told = times, state, told
        self.queue: list[Waiting] = []
        self.since: dict[str, datetime] = {}
        self.next_due: dict[str, datetime] = {}

    # ---- the start ----
    def open(self, former: Times, steady: float, now: datetime) -> None:
        """Take up what waited or is to be tried again, and settle what was due since.

        What was due meanwhile was so by the times that were kept last.
        """
        self.since = self._settled(now)
        if any(until > now for until in self.since.values()):
            self.set_back(now)
        run_history.note_start(self.state, now)
        reasons: Reasons = {}
        for waiting in sorted(self._left(steady, now), key=lambda each: each.slot):
            if why := self.forbidden(waiting, DOWN, now):
                reasons[waiting.job, waiting.slot] = why
            else:
                self.queue, missed = _with(self.queue, waiting)
                reasons |= missed
        self.note(self.queue, now, reasons)
        self.account(former, now, DOWN)

    def _settled(self, now: datetime) -> dict[str, datetime]:
        """Up to when each job is settled; an older database has the slots of runs only."""
        if known := run_history.settled(self.state, now):
            return known
        first = run_history.first_start(self.state)
        if first is None:
            return {}
        slots = run_history.last_slots(self.state)
        return {job: max(slots.get(job, first), first) for job in self.times.jobs}

    def _left(self, steady: float, now: datetime) -> list[Waiting]:
        """What waited when the runner went, and what is to be tried again."""
        left = [
            Waiting(job, slot, 0.0, why)
            for job, slot, why in run_history.waiting(self.state)
        ]
        for run in run_history.last_attempts(self.state, now).values():
            rule = self.times.jobs.get(run.job)
            if rule and retries.may_retry(run, rule.retries):
                left.append(retries.again(run, steady, now))
        return left + self._failed_by_params(now)

    def _failed_by_params(self, now: datetime) -> list[Waiting]:
        """What has failed for params.yaml as it was, and may still begin."""
        last = run_history.last_attempts(self.state, now).values()
        found = filter(None, map(retries.with_other_params, last))
        return [waiting for waiting in found if not self.forbidden(waiting, "", now)]

    # ---- what is due ----
    def is_due(self, now: datetime) -> bool:
        """Whether a slot has come that is not settled."""
        return any(now >= moment for moment in self.next_due.values())

    def account(self, times: Times, now: datetime, cause: str) -> None:
        """Settle all jobs up to now: by `times`, those that were kept till now. `cause` is why
        slots were not seen to at their time.
        """
        reasons: Reasons = {}
        queue = self.queue
        for job, rule in times.jobs.items():
            if now < self.next_due.get(job, now):
                continue
            kept = self.times.jobs.get(job)
            rule = replace(rule, enabled=rule.enabled and bool(kept and kept.enabled))
            since = self.since.get(job, now)
            found = dues.due(rule, times.zone, since, now, cause)
            reasons |= {(job, slot): why for slot, why in found.missed.items()}
            if found.run:
                queue, missed = _with(queue, Waiting(job, found.run))
                reasons |= missed
        self.note(queue, now, reasons, {*times.jobs, *self.times.jobs})
        self.since |= dict.fromkeys(self.times.jobs, now)
        self._look_ahead(now)

    def _look_ahead(self, now: datetime) -> None:
        """When each job is due next; only what has passed is reckoned anew."""
        for job, rule in self.times.jobs.items():
            if now >= self.next_due.get(job, now):
                self.next_due[job] = next_slot(rule, self.times.zone, now)

    def change(self, times: Times, now: datetime) -> None:
        """Keep other times from now on."""
        former, self.times = self.times, times
        self.account(former, now, BUSY)
        self.next_due.clear()
        self._look_ahead(now)
        gone = [
            each for each in self.queue if self.forbidden(each, "", now) == DISABLED
        ]
        queue = [waiting for waiting in self.queue if waiting not in gone]
        self.note(queue, now, {(each.job, each.slot): DISABLED for each in gone})
        for waiting in self._failed_by_params(now):
            self.add(waiting, now)

    def follow_clock(self, now: datetime, cause: str) -> None:
        """Settle the jobs by a clock that was set, either way."""
        self.next_due.clear()
        if any(until > now for until in self.since.values()):
            self.set_back(now)
        self.since |= run_history.settled(self.state, now)
        self.account(self.times, now, cause)

    def set_back(self, now: datetime) -> None:
        """What lies ahead of the clock again may run at its time."""
        run_history.set_back(self.state, now)
        self.since = {job: min(until, now) for job, until in self.since.items()}

    # ---- the queue ----
    def add(self, new: Waiting, now: datetime) -> None:
        """Queue a slot; the one that has to leave for it is missed."""
        queue, missed = _with(self.queue, new)
        self.note(queue, now, missed)

    def forbidden(self, waiting: Waiting, cause: str, now: datetime) -> str | None:
        """Why a slot may not begin now; None if it may."""
        rule = self.times.jobs.get(waiting.job)
        if rule is None or not rule.enabled:
            return DISABLED
        if dues.is_in_grace(rule, waiting.slot, now):
            return None
        return dues.too_late(rule, cause)

    def leave(self, waiting: Waiting) -> None:
        """Out of the queue: its row says what has become of it."""
        self.queue = [each for each in self.queue if each is not waiting]

    def miss(self, waiting: Waiting, now: datetime, why: str) -> None:
        """Out of the queue: it will never run."""
        queue = [each for each in self.queue if each is not waiting]
        self.note(queue, now, {(waiting.job, waiting.slot): why})

    def try_again(self, run: Run, steady: float, now: datetime) -> Waiting | None:
        """Queue another attempt, if the failure may pass; None if there is to be none."""
        rule = self.times.jobs.get(run.job)
        if not rule or not retries.may_retry(run, rule.retries):
            return None
        waiting = retries.again(run, steady, now)
        if self.forbidden(waiting, WAITED, now):
            return None
        self.add(waiting, now)
        return waiting

    def refusal(self, job: str, running: Collection[str]) -> str | None:
        """Why a job cannot be brought forward; None if it can."""
        rule = self.times.jobs.get(job)
        if rule is None or not rule.enabled:
            return "it is not enabled"
        if job in running or any(waiting.job == job for waiting in self.queue):
            return "it runs or waits already"
        return None

    def note(
        self,
        queue: Sequence[Waiting],
        now: datetime,
        reasons: Reasons,
        settled: Collection[str] = (),
    ) -> None:
        """Write down what waits, what is missed, and which jobs are settled up to now."""
        waits = {each.job: (each.slot, each.reason) for each in queue}
        run_history.settle(self.state, now, settled, waits, reasons)
        self.queue = list(queue)
        if reasons:
            self.told(reasons, now)

    def local(self, moment: datetime) -> str:
        """A moment as the zone's clock shows it."""
        return f"{moment.astimezone(ZoneInfo(self.times.zone)):%Y-%m-%d %H:%M}"


def _with(queue: Sequence[Waiting], new: Waiting) -> tuple[list[Waiting], Reasons]:
    """The queue with a slot in it, and what is missed for that."""
    longer, left = dues.queued(queue, new)
    return longer, {(left.job, left.slot): OVERTAKEN} if left else {}
