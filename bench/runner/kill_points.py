"""kill -9 before every change of a full cycle: does the next run mend it, each time?

usage   python -m bench.runner.kill_points [--most N] [--minutes M] [--seed N] [--workers N] [--add]
            [--job JOB ...] [--folder FOLDER]
            --most      so many changes, drawn; all if not said
            --minutes   begin no further one after so long
            --seed      of all chance
            --workers   tried side by side, 2 if not said
            --add       to what was tried before: those that were not are tried now
            --job       of this one only, once for each: refresh, train, promote, cleanup
            --folder    where kill_points.json and .md stand, bench/results if not said
reads   FOLDER/kill_points.json     with --add
writes  FOLDER/kill_points.json     one row a change that was tried; `mended`, written by hand: what
                                    was wrong once
        FOLDER/kill_points.md       the table, and what was wrong at which change

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

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
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
from recsys.files.atomic import read_json, write_json, write_text

CYCLES = 2  # before it: there is something to clean up, and to roll back to
TRIES = 2  # to come to a point
NOT_MET = "not met"
ONE_IN = 4  # points at which only the one process is killed


Row = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """One job, the project before it and the project after an undisturbed run of it."""

    name: str
    before: Project
    calm: Project
    points: Sequence[Point]

    def tried(self, point: Point, how: str, scratch: Path) -> Row:
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
            how, reruns, problems = NOT_MET, 0, []
        if problems:
            kept = Path(tempfile.mkdtemp(prefix="kill_point."))  # to be looked at
            shutil.copytree(folder, kept / "all", symlinks=True)
            print(
                f"{_named({'job': self.name, 'point': str(point)})}: {kept}",
                file=sys.stderr,
            )
        shutil.rmtree(folder)
        return {
            "job": self.name,
            "point": str(point),
            "how": how,
            "reruns": reruns,
            "problems": problems,
        }

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


def campaign(
    found: Sequence[Job], known: Sequence[Row], given: argparse.Namespace, scratch: Path
) -> Iterator[Row]:
    """Changes in a drawn order, without those that are known, each as it was tried."""
    tried_before = {(row["job"], row["point"]) for row in known}
    left = [
        (job, point)
        for job in found
        for point in job.points
        if job.name in given.job and (job.name, str(point)) not in tried_before
    ]
    chance = random.Random(given.seed)  # noqa: S311 - no secret
    chance.shuffle(left)
    end = time.monotonic() + 60 * given.minutes

    def tried(job: Job, point: Point, how: str) -> Row | None:
        return None if time.monotonic() > end else job.tried(point, how, scratch)

    with ThreadPoolExecutor(given.workers) as pool:
        asked = [
            pool.submit(tried, *one, "one" if chance.randrange(ONE_IN) == 0 else "all")
            for one in left[: given.most]
        ]
        for answer in as_completed(asked):
            if row := answer.result():
                yield row


def markdown(
    rows: Sequence[Row],
    changes: Mapping[str, int],
    about: Row,
    mended: Sequence[str] = (),
) -> str:
    """The table. `changes` are those of each job that an undisturbed run has made, `mended` what
    earlier runs have found.
    """
    hows = Counter((row["job"], row["how"]) for row in rows)
    wrong = [row for row in rows if row["problems"]]
    missed = [row for row in rows if row["how"] == NOT_MET]
    lines = [
        "# kill -9 before every change of a cycle",
        "",
        "Made by `python -m bench.runner.kill_points`; what is done is said at its top.",
        "",
        *machine.lines(about),
        "",
        f"{len(rows) - len(missed):,} kills; {len(wrong)} were followed by something wrong.",
        "",
        "| job | changes | tried | all killed | only the one | not met | runs then, at most |",
        "|---|---|---|---|---|---|---|",
    ]
    for job in JOBS:
        of = [row for row in rows if row["job"] == job]
        most = max((row["reruns"] for row in of), default=0)
        counts = " | ".join(str(hows[job, how]) for how in ("all", "one", NOT_MET))
        lines.append(f"| {job} | {changes[job]} | {len(of)} | {counts} | {most} |")
    programs = Counter(row["point"].partition("\t")[0] for row in rows)
    lines += ["", "| program | changes tried |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in programs.most_common()]
    lines += ["", *(f"- {_named(row)}: {'; '.join(row['problems'])}" for row in wrong)]
    lines += [f"- not met: {_named(row)}" for row in missed]
    if any(changes[job] < sum(row["job"] == job for row in rows) for job in JOBS):
        lines.append("More were tried than one run makes: some come in one run only.")
    if mended:
        lines += ["", "What it has found since it began, mended and tried again:", ""]
        lines += [f"- {one}" for one in mended]
    return "\n".join([*lines, ""])


def _named(row: Row) -> str:
    return f"{row['job']}, {row['point']}".replace("\t", " ")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--most", type=int)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--add", action="store_true")
    parser.add_argument("--job", action="append", choices=JOBS)
    parser.add_argument("--folder", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    given.job = given.job or list(JOBS)
    file = given.folder / "kill_points.json"
    former = read_json(file) if given.add else {"rows": []}
    rows, mended = former["rows"], former.get("mended", [])
    about = machine.machine(LIBRARIES)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch).resolve()
        found = list(jobs(whole, given.seed))
        changes = {job.name: len(job.points) for job in found}
        for row in campaign(found, list(rows), given, whole):
            rows.append(row)
            said = "; ".join(row["problems"]) or "well"
            print(
                f"{len(rows)} {row['how']} {_named(row)}: {said}",
                file=sys.stderr,
                flush=True,
            )
            rows.sort(key=lambda row: (row["job"], row["point"]))
            write_json(file, {"machine": about, "mended": mended, "rows": rows})
            table = markdown(rows, changes, about, mended)
            write_text(given.folder / "kill_points.md", table)


if __name__ == "__main__":
    main()
