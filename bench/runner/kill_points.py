"""kill -9 before every change of a full cycle: does the next run mend it, each time?

usage   python -m bench.runner.kill_points [--every N] [--seed N] [--workers N] [--folder FOLDER]
            --every     only each N-th change of a job, 1 if not said: all
            --seed      of all chance
            --workers   points tried side by side, 2 if not said
            --folder    where kill_points.md stands, bench/results if not said
writes  FOLDER/kill_points.md   the table, and what was wrong at which point

A small shop has lived through some cycles; a drop of new rows waits. The cycle is that
of bench/runner/kills.py: `runner.py run refresh`, `run train`, `promote`, `run cleanup`. Of each
job one undisturbed run notes every change that any of its Python processes makes to the project
(a file opened for writing, renamed, linked, removed; a folder made or removed; a transaction of
SQLite written: bench/runner/points_hook.py). Then, for every single one of these
changes, a fresh copy of the project as it was before the job: the job runs and is killed right
before that change, all of its processes at once or, at one point in four by a draw, only the one
that was about to make it. It then has to succeed by itself within two runs, and all must be as
after the undisturbed run: outs in dvc.lock, registry, production; every row merged once; no
process, no half-written file left.

A change of a thread or process that is in time once before and once after another may not come
again under the same name: such points are tried twice, and then counted as not met.
"""

import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import command_line
from bench.house.imports import ROOT
from bench.runner.killing import MOST_RERUNS, NOTHING_TO_DO, mended
from bench.runner.kills import JOBS, LIBRARIES, ROWS_A_DROP, born, copied, drop
from bench.runner.points import Point, hooked, killed_at, points
from bench.runner.sameness import differences, litter, lost_or_doubled
from bench.speed import machine
from bench.speed.project import Project
from recsys.files.atomic import write_text

CYCLES = 2  # before it: there is something to clean up, and to roll back to
TRIES = 2  # to come to a point
ONE_IN = 4  # points at which only the one process is killed


@dataclass(frozen=True)
class Tried:
    """What a kill at one point has led to."""

    job: str
    point: Point
    how: str  # "all", "one", or "not met"
    reruns: int = 0
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Job:
    """One job, the project before it and the project after an undisturbed run of it."""

    name: str
    before: Project
    calm: Project
    points: Sequence[Point]

    def tried(self, point: Point, how: str, scratch: Path) -> Tried:
        """Kill it there, in a copy, and run it until it succeeds."""
        command = JOBS[self.name]
        folder = Path(tempfile.mkdtemp(dir=scratch))
        for _ in range(TRIES):
            shutil.rmtree(folder)
            victim = copied(self.before, folder / "victim")
            code = killed_at(victim, command, point, how, folder / "notes")
            if code is None:
                reruns, problems = self.after(victim)
                break
        else:
            how, reruns, problems = "not met", 0, []
        if not problems:
            shutil.rmtree(folder)  # else it is there to be looked at
        return Tried(self.name, point, how, reruns, problems)

    def after(self, victim: Project) -> tuple[int, list[str]]:
        """The runs that it takes after a kill, and what is wrong then."""
        reruns, code = mended(victim, JOBS[self.name], None)
        problems = [
            *differences(self.calm, victim),
            *lost_or_doubled(victim, CYCLES + 1, ROWS_A_DROP),
            *litter(victim),
        ]
        if code not in NOTHING_TO_DO or reruns > MOST_RERUNS:
            problems.append(f"exit {code} after {reruns} runs")
        return reruns, problems


def jobs(scratch: Path, seed: int) -> Iterator[Job]:
    """The jobs of one cycle, in their order."""
    lives = born(scratch / "born", seed, victims=0)
    for _ in range(CYCLES):
        list(lives.cycle())
    before = lives.calm
    hooked(before)
    drop(before, CYCLES + 1)
    for name, command in JOBS.items():
        calm = copied(before, scratch / f"after_{name}")
        code, found = points(calm, command, scratch / "notes")
        if code not in NOTHING_TO_DO:
            raise RuntimeError(f"{name}: exit {code} though nobody interfered")
        yield Job(name, before, calm, found)
        before = calm


def campaign(scratch: Path, every: int, seed: int, workers: int) -> Iterator[Tried]:
    """Each point of each job, as it was tried."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    with ThreadPoolExecutor(workers) as pool:
        for job in jobs(scratch, seed):
            here = job.points[::every]
            hows = ["one" if chance.randrange(ONE_IN) == 0 else "all" for _ in here]
            tried = partial(job.tried, scratch=scratch)
            for number, row in enumerate(pool.map(tried, here, hows), start=1):
                said = "; ".join(row.problems) or "well"
                print(
                    f"{job.name} {number}/{len(here)} {row.how} {row.point}: {said}",
                    file=sys.stderr,
                )
                yield row


def markdown(rows: Sequence[Tried], every: int, about: dict[str, Any]) -> str:
    """The table."""
    hows = Counter((row.job, row.how) for row in rows)
    wrong = [row for row in rows if row.problems]
    missed = [row for row in rows if row.how == "not met"]
    which = "every change" if every == 1 else f"one change in {every}"
    kills = len(rows) - len(missed)
    lines = [
        "# kill -9 before every change of a cycle",
        "",
        "Made by `python -m bench.runner.kill_points`; what is done is said at its top.",
        "",
        *machine.lines(about),
        "",
        f"{which} of a cycle: {kills:,} kills; {len(wrong)} were followed by something wrong.",
        "",
        "| job | changes | all killed | only the one | not met | runs then, at most | programs |",
        "|---|---|---|---|---|---|---|",
    ]
    for job in JOBS:
        of = [row for row in rows if row.job == job]
        most = max((row.reruns for row in of), default=0)
        by = Counter(row.point.program for row in of).most_common()
        programs = ", ".join(f"{name} {count}" for name, count in by)
        counts = " | ".join(str(hows[job, how]) for how in ("all", "one", "not met"))
        lines.append(f"| {job} | {len(of)} | {counts} | {most} | {programs} |")
    lines += ["", *(f"- {_named(row)}: {'; '.join(row.problems)}" for row in wrong)]
    lines += [f"- not met: {_named(row)}" for row in missed]
    return "\n".join([*lines, ""])


def _named(row: Tried) -> str:
    return f"{row.job}, " + str(row.point).replace("\t", " ")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    about = machine.machine(LIBRARIES)
    rows: list[Tried] = []
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch).resolve()
        for row in campaign(whole, given.every, given.seed, given.workers):
            rows.append(row)
            text = markdown(rows, given.every, about)
            write_text(given.folder / "kill_points.md", text)


if __name__ == "__main__":
    main()
