"""What became of the slots of a simulated machine: the rows of the runner against what was due."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.runner import world as worlds
from bench.runner.world import World
from ops.scheduler import dues, retries, run_history
from ops.scheduler.run_history import Run

WELL = {"ok", "skipped"}


@dataclass(frozen=True)
class Verdict:
    """What became of the slots."""

    due: int
    well: int  # once
    missed: int  # with their reason
    failed: int  # and not to be tried again, or cut short for the third time
    waiting: int  # at the end
    doubled: int  # went well twice
    untold: int  # neither run nor missed
    odd: int  # run or missed without being due
    late: int  # begun after their grace


def judged(world: World, state: Path) -> Verdict:
    """The rows against what was due."""
    due = worlds.due(world)
    runs: dict[tuple[str, datetime], list[Run]] = {}
    for run in run_history.runs(state):
        slot = datetime.fromisoformat(run.slot or run.started_at)
        runs.setdefault((run.job, slot), []).append(run)
    missed = {
        (each.job, datetime.fromisoformat(each.slot))
        for each in run_history.missed(state)
    }
    waiting = {(job, slot) for job, slot, _ in run_history.waiting(state)}
    fates = Counter(
        _fate(runs.get(key, []), key in missed, key in waiting, each.retries)
        for key, each in due.items()
    )
    well = [
        sum(run.status in WELL and run.exit_code == 0 for run in each)
        for each in runs.values()
    ]
    late = sum(
        not dues.is_in_grace(due[key], key[1], datetime.fromisoformat(run.started_at))
        for key, each in runs.items()
        if key in due
        for run in each
    )
    return Verdict(
        due=len(due),
        well=fates["well"],
        missed=fates["missed"],
        failed=fates["failed"],
        waiting=fates["waiting"],
        doubled=sum(count > 1 for count in well),
        untold=fates["untold"],
        odd=len((runs.keys() | missed) - due.keys()),
        late=late,
    )


def _fate(runs: list[Run], is_missed: bool, waits: bool, allowed: int) -> str:
    """One word for what became of a slot."""
    if any(run.status in WELL for run in runs):
        return "well"
    if waits or any(run.status == "running" for run in runs):
        return "waiting"
    if is_missed:
        return "missed"
    if not runs:
        return "untold"
    return "untold" if retries.may_retry(runs[-1], allowed) else "failed"


def is_wrong(verdict: Verdict) -> bool:
    """Whether a slot is not as it should be."""
    told = verdict.well + verdict.missed + verdict.failed + verdict.waiting
    bad = verdict.doubled + verdict.untold + verdict.odd + verdict.late
    return bool(bad) or told != verdict.due


def row(zone: str, verdict: Verdict) -> str:
    """A line of the table."""
    numbers = (
        verdict.due,
        verdict.well,
        verdict.missed,
        verdict.failed,
        verdict.doubled,
        verdict.untold,
        verdict.odd,
        verdict.late,
    )
    return " | ".join([f"| {zone}", *(f"{number:,}" for number in numbers)]) + " |"
