"""`python runner.py plan`: the slots of the next days, and what each job would do now.

reads   what ops/explain/timetable.py and would.py say
writes  nothing
"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.explain import looks, would
from ops.explain.moments import Clock
from ops.explain.timetable import Timetable, kept
from ops.explain.would import World
from ops.scheduler.jobs import JOBS
from ops.terminal import aligned, counted, cut
from recsys.program.command_line import PARAMS_FILE, enter

DAYS = 7
PIPE = (160, 24)  # columns and lines where there is no terminal
DOWN = (
    "the runner is not running: nothing of this happens until `python runner.py start`"
)
Days = Annotated[int, typer.Option("--days", min=1, max=366)]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def slots(times: Timetable, now: datetime, days: int) -> list[tuple[datetime, str]]:
    """All slots of the coming days in their order, and whose they are."""
    span = timedelta(days=days)
    found = [(at, job) for job in JOBS for at in times.slots(job, now, span)]
    return sorted(found, key=lambda each: each[0])  # of the same time: as JOBS has them


def as_json(times: Timetable, world: World, is_up: bool, days: int) -> dict[str, Any]:
    """For programs; times in the runner's zone."""
    clock = world.clock
    return {
        "zone": times.zone.key,
        "runner_is_up": is_up,
        "note": times.note,
        "slots": [
            {"at": clock.iso(at), "job": job}
            for at, job in slots(times, clock.now, days)
        ],
        "jobs": [_job(job, times, world) for job in JOBS],
    }


def _job(job: str, times: Timetable, world: World) -> dict[str, Any]:
    act, due = would.do(job, world), times.next(job, world.clock.now)
    return {
        "job": job,
        "when": times.when(job),
        "next": world.clock.iso(due) if due else None,
        "would": act.sentence,
        "nothing_to_do": act.is_nothing,
    }


def as_text(times: Timetable, world: World, is_up: bool, days: int, width: int) -> str:
    """For people: a line a day, then what each job would do if it ran now."""
    head = f"The next {counted(days, 'day')}, {times.zone.key}" + (
        f"; {times.note}" if times.note else ""
    )
    rows = [
        ("JOB", "NEXT", "IF IT RAN NOW"),
        *(_row(job, times, world) for job in JOBS),
    ]
    lines = [
        head,
        *([] if is_up else [DOWN]),
        "",
        *_by_day(times, world.clock, days),
        "",
        *(cut(line, width) for line in aligned(rows)),
    ]
    return "\n".join(lines)


def _by_day(times: Timetable, clock: Clock, days: int) -> Iterator[str]:
    """Hourly jobs once, then a line a day."""
    hourly = [job for job in JOBS if times.is_enabled(job) and is_hourly(times, job)]
    for job in hourly:
        yield f"{times.when(job)}: {job}"
    found: dict[str, list[str]] = {}
    for at, job in slots(times, clock.now, days):
        local = at.astimezone(times.zone)
        if job not in hourly:
            found.setdefault(f"{local:%a %Y-%m-%d}", []).append(f"{local:%H:%M} {job}")
    for day, planned in found.items():
        yield f"{day}  {', '.join(planned)}"
    if not found and not hourly:
        yield "no job has a time (runner.jobs in params.yaml)"


def is_hourly(times: Timetable, job: str) -> bool:
    """Whether it has too many slots to be named one by one."""
    return times.rules[job].every == "hour"


def _row(job: str, times: Timetable, world: World) -> tuple[str, str, str]:
    due = times.next(job, world.clock.now)
    when = (
        world.clock.at(due)
        if due
        else ("disabled" if job in times.rules else "by hand")
    )
    act = would.do(job, world)
    skip = " -> skipped" if act.is_nothing and due else ""
    return job, when, f"{act.sentence}{skip}"


def main(
    days: Days = DAYS,
    for_programs: Json = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Show when jobs run in the next days, and what each would do if it ran now."""
    is_up = looks.look_at_runner(state).alive
    times = kept(state, params, is_up)
    clock = Clock(datetime.now(UTC), times.zone)
    world = World(params.parent, state, mlruns, clock)
    if for_programs:
        print(json.dumps(as_json(times, world, is_up, days), indent=2))
        return
    width = shutil.get_terminal_size(PIPE).columns
    print(as_text(times, world, is_up, days, width))


if __name__ == "__main__":
    enter(main, "runner.py plan")
