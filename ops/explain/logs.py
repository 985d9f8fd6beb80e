"""`python runner.py logs JOB`: what a run has said; follows one that runs.

reads   state/runner.db (runs), state/logs/, state/runner.log (without a JOB: the runner itself)
writes  nothing
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from ops import lock
from ops.scheduler import detach, run_history, stopping
from ops.scheduler.jobs import JOBS
from ops.scheduler.run_history import Run
from ops.terminal import printable
from recsys.program.command_line import enter
from recsys.program.errors import ConfigError

BLOCK = 65536  # bytes
FURTHEST = 8_000_000
LINES = 40
POLL_S = 0.2
Job = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB]", help="A job, or the id of a run; the runner itself if none."
    ),
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Show what comes, too.")]
Count = Annotated[
    int, typer.Option("--lines", "-n", min=0, help="So many, the last ones.")
]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def main(
    job: Job = None,
    follow: Follow = False,
    lines: Count = LINES,
    as_json: Json = False,
    state: Path = Path("state"),
) -> None:
    """Show the log of a job's newest run (of the one that runs, if one does)."""
    run = find(state, job) if job else None
    log = Path(run.log) if run else state / detach.LOG
    if not log.exists():
        raise ConfigError(_no_log(log, run))
    if as_json:
        last = list(last_lines(log, lines))
        print(json.dumps({"run": run and run.id, "log": str(log), "lines": last}))
        return
    if run:
        print(f"# {run.id}: {run.status}, {log}", file=sys.stderr, flush=True)
    _show(log, lines, _watch(state, run) if follow else None)


def find(state: Path, name: str) -> Run:
    """The run that is meant: of this id, else the newest of this job, one that runs before all.

    ConfigError if there is none.
    """
    runs = run_history.runs(state)
    of_it = [run for run in runs if name in (run.id, run.job)]
    running = [run for run in of_it if run.status == "running"]
    if found := (running or of_it)[-1:]:
        return found[0]
    if name in JOBS:
        raise ConfigError(
            f"{name} has never run, so it has no log; "
            f"`python runner.py why {name}` says why"
        )
    raise ConfigError(
        f"{name!r} is neither a job nor the id of a run; jobs are {', '.join(JOBS)}"
    )


def _no_log(log: Path, run: Run | None) -> str:
    if run:
        return f"{log}: the log of {run.id} is gone; cleanup removes old ones"
    return (
        f"{log}: no such file; the runner writes it with "
        "`python runner.py start --detach`, else to where it was started"
    )


# ---- reading ----
def last_lines(log: Path, count: int) -> Iterator[str]:
    """The last lines of a log, as a terminal may show them; however long the log is."""
    with log.open("rb") as file:
        _go_back(file, count)
        for line in file:
            yield shown(line)


def shown(line: bytes) -> str:
    """A line without its end, control characters as escapes (a log may hold anything)."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    return "\t".join(map(printable, text.split("\t")))


def _go_back(file: BinaryIO, count: int) -> None:
    """Go to where the last `count` lines begin, at most FURTHEST bytes before the end."""
    place, block = file.seek(0, 2), b""
    if not count:
        return
    while place and block[:-1].count(b"\n") < count and len(block) < FURTHEST:
        size = min(BLOCK, place)
        place = file.seek(place - size)
        block = file.read(size) + block
    at = len(block) - 1  # where the last line ends
    for _ in range(count):
        at = block.rfind(b"\n", 0, max(at, 0))
        if at < 0:
            break
    file.seek(place + at + 1)


def _watch(state: Path, run: Run | None) -> Callable[[], str]:
    """What says that no more will come: "" while it may."""

    def ended() -> str:
        if run is None:
            is_up = lock.holder(state / stopping.LOCK) is not None
            return "" if is_up else "the runner is not running"
        now = next((one for one in run_history.runs(state) if one.id == run.id), None)
        if now is None or now.status == "running":
            return ""
        return f"{run.job}: {now.status}, exit {now.exit_code}"

    return ended


def _show(log: Path, count: int, ended: Callable[[], str] | None) -> None:
    """Print the last lines, and those that come until `ended` says that none will."""
    with log.open("rb") as file:
        _go_back(file, count)
        last = ""
        while not last:
            # asked before the rest is read: that is all there is, then
            last = ended() if ended else "once"
            _pass_on(file, is_whole=bool(last))
            if not last:
                sys.stdout.flush()
                time.sleep(POLL_S)
    if ended:
        print(f"# {last}", file=sys.stderr)


def _pass_on(file: BinaryIO, *, is_whole: bool) -> None:
    """Print what there is to read; a line that is still being written waits."""
    while line := file.readline():
        if not line.endswith(b"\n") and not is_whole:
            file.seek(-len(line), 1)
            return
        print(shown(line))


if __name__ == "__main__":
    enter(main, "runner.py logs")
