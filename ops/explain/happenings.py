"""What has become of a job: its runs, and the slots that never ran, newest first.

reads   state/runner.db (runs, missed)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.explain import words
from ops.explain.moments import Clock, parsed
from ops.scheduler import run_history
from ops.scheduler.run_history import Missed, Run

MISSED = "missed"


@dataclass(frozen=True)
class Happening:
    """A run, or a slot that has none."""

    job: str
    at: datetime  # it began, or would have
    slot: datetime | None  # None: by hand
    status: str
    sentence: str
    run: Run | None

    @property
    def by(self) -> str:
        """What made it run."""
        if self.run is None:
            return "-"
        if self.run.slot is None:
            return "hand"
        return "clock" if self.run.attempt == 1 else f"try {self.run.attempt}"

    def as_json(self) -> dict[str, Any]:
        """For programs; times are UTC."""
        run = self.run
        return {
            "at": run_history.stamp(self.at),
            "slot": run_history.stamp(self.slot) if self.slot else None,
            "status": self.status,
            "words": self.sentence,
            "run": run and run.id,
            "attempt": run and run.attempt,
            "exit_code": run and run.exit_code,
            "log": run and run.log,
        }


def all_of(state: Path, clock: Clock) -> dict[str, list[Happening]]:
    """Of each job that anything is known of. StoreError if the rows cannot be read."""
    runs, missed = run_history.runs(state), run_history.missed(state)
    jobs = {run.job for run in runs} | {one.job for one in missed}
    return {job: _of(job, runs, missed, clock) for job in jobs}


def _of(
    job: str, runs: Sequence[Run], missed: Sequence[Missed], clock: Clock
) -> list[Happening]:
    ran = [_of_run(run, clock) for run in runs if run.job == job]
    did_not = [_of_missed(one) for one in missed if one.job == job]
    passed = [one for one in did_not if one.at <= clock.now]
    return sorted([*ran, *passed], key=lambda one: _order(one, clock), reverse=True)


def _order(one: Happening, clock: Clock) -> tuple[bool, datetime]:
    """By time; what lies ahead is of a clock that was set back since, and comes last."""
    return one.at <= clock.now, one.at


def _of_run(run: Run, clock: Clock) -> Happening:
    slot = parsed(run.slot) if run.slot else None
    sentence = words.of_run(run, clock)
    return Happening(run.job, parsed(run.started_at), slot, run.status, sentence, run)


def _of_missed(missed: Missed) -> Happening:
    slot = parsed(missed.slot)
    return Happening(missed.job, slot, slot, MISSED, words.of_missed(missed), None)
