"""`python runner.py why JOB`: why it ran, or did not, and what it would do now; without a job: what
has happened lately, of all jobs.

reads   state/ (rows, schedule.json, locks), params.yaml, and what ops/explain/would.py says
writes  nothing
"""

import json
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.explain import happenings, lately, looks, would
from ops.explain.happenings import Happening
from ops.explain.looks import Runner
from ops.explain.moments import Clock
from ops.explain.timetable import Timetable, kept
from ops.explain.would import Act, World
from ops.scheduler import run_history
from ops.scheduler.jobs import JOBS
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError

LAST = 10
WELL = ("ok", "skipped", "running")
NOW = "now"
NARROWEST = 40  # columns
PIPE = (160, 24)  # columns and lines where there is no terminal
ENABLE = "set runner.jobs.{job}.enabled in params.yaml to true"
DOWN = "the runner is not running: no job runs by itself; `python runner.py start` starts it"
Job = Annotated[
    str | None,
    typer.Argument(metavar="JOB", help="E.g. refresh; none: all that has happened."),
]
Last = Annotated[int, typer.Option("--last", min=1, help="So many, the newest.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@dataclass(frozen=True)
class Known:
    """All that is known of a job."""

    job: str
    times: Timetable
    clock: Clock
    runner: Runner
    first_start: datetime | None  # of the loop, ever
    found: Sequence[Happening]  # newest first
    running: Sequence[str]  # other jobs that run now
    waits: tuple[datetime, str | None] | None  # a slot that is due, with why it runs
    act: Act

    @property
    def next(self) -> datetime | None:
        return self.times.next(self.job, self.clock.now)


def now(known: Known) -> list[str]:
    """Why it does not run just now, and why it never did; a sentence each."""
    said = [*_rule(known), *_runner(known), *_due(known)]
    if not known.found:
        said.append(never(known))
    return said


def _rule(known: Known) -> list[str]:
    job, times = known.job, known.times
    if job not in times.rules:
        return [
            f"it has no time in runner.jobs of params.yaml: `python runner.py run {job}`"
        ]
    if not times.is_enabled(job):
        return [f"it is disabled: it runs by hand only; {ENABLE.format(job=job)}"]
    return []


def _runner(known: Known) -> list[str]:
    if not known.runner.alive:
        return [DOWN]
    if known.runner.frozen:
        pid = known.runner.pid
        return [
            f"the runner is frozen (process {pid}, state T); `kill -CONT {pid}` wakes it"
        ]
    return []


def _due(known: Known) -> list[str]:
    """A slot that is due and has not begun: what it waits for."""
    if known.waits is None:
        return []
    slot, reason = known.waits
    why = f" ({reason})" if reason else ""
    others = ", ".join(known.running)
    then = f": {others} runs, and they share files" if others else ""
    return [f"its slot of {known.clock.short(slot)}{why} waits{then}"]


def never(known: Known) -> str:
    """Why nothing is known of it."""
    if known.first_start is None:
        return "it has never run: the runner was never started"
    began = known.clock.at(known.first_start)
    if known.next is None:
        return f"it has never run (the runner was first started {began})"
    return (
        f"it has never run: no slot of it has come since the runner was first started "
        f"({began})"
    )


# ---- shown ----
def as_text(known: Known, last: int, width: int) -> str:
    """For people."""
    clock, due = known.clock, known.next
    when = known.times.when(known.job)
    upcoming = f"; next {clock.at(due)} (in {clock.ago(due)})" if due else ""
    skip = "; it would be skipped" if known.act.is_nothing else ""
    indent = max(len(known.job), len(NOW)) + 2
    facts = [f"{when}{upcoming}", *now(known)]
    lines = [
        *_folded(known.job, facts, indent, width),
        *_folded(NOW, [f"{known.act.sentence}{skip}"], indent, width),
    ]
    if known.found:
        lines += ["", *lately.table(known.found[:last], clock, width)]
        lines += _its_log(known)
    return "\n".join(lines)


def _its_log(known: Known) -> list[str]:
    """Where the rest of it stands, if the newest run went wrong."""
    run = known.found[0].run
    if run is None or run.status in WELL:
        return []
    return ["", f"what it said: python runner.py logs {known.job}"]


def _folded(head: str, sentences: Sequence[str], indent: int, width: int) -> list[str]:
    """Sentences below one another, beside what they are of; none is cut."""
    room = max(width - indent, NARROWEST)
    folded = [line for each in sentences for line in textwrap.wrap(each, room)]
    starts = [head, *[""] * len(folded)]
    return [f"{a:{indent}}{b}" for a, b in zip(starts, folded, strict=False)]


def as_json(known: Known, last: int) -> dict[str, Any]:
    """For programs; the next slot in the runner's zone, other times UTC."""
    due = known.next
    return {
        "job": known.job,
        "when": known.times.when(known.job),
        "enabled": known.times.is_enabled(known.job),
        "next": known.clock.iso(due) if due else None,
        "now": now(known),
        "would": known.act.sentence,
        "nothing_to_do": known.act.is_nothing,
        "history": [one.as_json() for one in known.found[:last]],
    }


def look(job: str, root: Path, state: Path, mlruns: Path, params: Path) -> Known:
    """All that is known of it now. ConfigError if there is no such job."""
    if job not in JOBS:
        raise ConfigError(f"unknown job {job!r}; known are {', '.join(JOBS)}")
    runner = looks.look_at_runner(state)
    times = kept(state, params, runner.alive)
    clock = Clock(datetime.now(UTC), times.zone)
    found = happenings.all_of(state, clock)
    world = World(root, state, mlruns, clock)
    waits = {name: (at, why) for name, at, why in run_history.waiting(state)}
    return Known(
        job=job,
        times=times,
        clock=clock,
        runner=runner,
        first_start=run_history.first_start(state),
        found=found.get(job, []),
        running=[run.job for run in run_history.open_runs(state) if run.job != job],
        waits=waits.get(job),
        act=would.do(job, world),
    )


def happened(state: Path, params: Path, last: int, for_programs: bool) -> str:
    """What has happened lately, of all jobs."""
    runner = looks.look_at_runner(state)
    clock = Clock(datetime.now(UTC), kept(state, params, runner.alive).zone)
    found = lately.of_all(happenings.all_of(state, clock), last)
    if for_programs:
        return json.dumps(lately.as_json(found), indent=2)
    if not found:
        return lately.NOTHING
    width = shutil.get_terminal_size(PIPE).columns
    return "\n".join(lately.table(found, clock, width, named=True))


def main(
    job: Job = None,
    last: Last = LAST,
    for_programs: Json = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Say why a job ran or did not, each time in a sentence, and what it would do now. Without a
    job: what has happened lately.
    """
    if job is None:
        print(happened(state, params, last, for_programs))
        return
    known = look(job, params.parent, state, mlruns, params)
    if for_programs:
        print(json.dumps(as_json(known, last), indent=2))
        return
    print(as_text(known, last, shutil.get_terminal_size(PIPE).columns))


if __name__ == "__main__":
    enter(main, "runner.py why")
