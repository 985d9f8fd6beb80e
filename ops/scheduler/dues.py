"""What becomes of slots, pure: which runs, which is missed and why, what may start.

The rules:

    1. Of the slots of a job that are due, the newest runs if it is inside its grace; all older ones
       are missed.
    2. A job waits once, with its newest slot: the one that waited before is missed.
    3. A job never runs beside itself. Jobs that run alone (they share DVC's outs and the registry)
       run one at a time, and none beside a repro by hand.
    4. A job goes after those that it depends on, if they run or wait.
    5. A job that is disabled has slots, and all of them are missed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.scheduler.slots import Rule, slots_between

DISABLED = "the job was disabled"
OVERTAKEN = "it still waited when the next one was due"


@dataclass(frozen=True)
class Waiting:
    """A slot in the queue, from `ready_at` on (monotonic seconds)."""

    job: str
    slot: datetime
    ready_at: float = 0.0
    reason: str | None = None  # why it runs, if that is not just its time


@dataclass(frozen=True)
class Due:
    """What becomes of the slots of a job."""

    run: datetime | None
    missed: dict[datetime, str]  # each with its reason


def due(rule: Rule, zone: str, since: datetime, now: datetime, cause: str) -> Due:
    """What becomes of the slots after `since` up to `now`. `cause` is why they were not seen to at
    their time.
    """
    slots = list(slots_between(rule, zone, since, now))
    if not slots:
        return Due(None, {})
    if not rule.enabled:
        return Due(None, dict.fromkeys(slots, DISABLED))
    newest = slots.pop()
    missed = dict.fromkeys(slots, f"{cause}, and a later slot was due by then")
    if is_in_grace(rule, newest, now):
        return Due(newest, missed)
    return Due(None, missed | {newest: too_late(rule, cause)})


def is_in_grace(rule: Rule, slot: datetime, now: datetime) -> bool:
    """Whether a slot may still begin."""
    return now - slot <= timedelta(seconds=rule.grace_s)


def too_late(rule: Rule, cause: str) -> str:
    """Why a slot is missed that is not in its grace any more."""
    return f"{cause}, and its grace of {in_words(rule.grace_s)} was over"


def in_words(span_s: float) -> str:
    """Seconds as people say them: 3 h, 45 min, 2 days."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if span_s >= length * (2 if unit == "days" else 1) and span_s % length == 0:
            return f"{span_s // length:.0f} {unit}"
    return f"{span_s:.0f} s"


def queued(
    queue: Sequence[Waiting], new: Waiting
) -> tuple[list[Waiting], Waiting | None]:
    """The queue with `new` in it, and who had to leave: a job waits once, in its old place, with
    its newest slot.
    """
    old = next((waiting for waiting in queue if waiting.job == new.job), None)
    if old is None:
        return [*queue, new], None
    if new.slot <= old.slot:
        return list(queue), None
    return [new if waiting is old else waiting for waiting in queue], old


def startable(
    queue: Sequence[Waiting],
    running: Collection[str],
    is_blocked: bool,
    alone: Collection[str],
    after: Mapping[str, Collection[str]],
    steady: float,
) -> list[Waiting]:
    """What may start now, in the order of the queue. `is_blocked`: a repro runs by hand."""
    pending = {waiting.job for waiting in queue} | set(running)
    busy = is_blocked or any(job in alone for job in running)
    chosen: list[Waiting] = []
    for waiting in queue:
        must_wait = (
            waiting.job in running
            or steady < waiting.ready_at
            or (busy and waiting.job in alone)
            or any(job in pending for job in after.get(waiting.job, ()))
        )
        if not must_wait:
            chosen.append(waiting)
            busy = busy or waiting.job in alone
    return chosen
