"""kill -9 at random moments of full cycles: does the next run mend it all?

usage   python -m bench.runner.kills [--kills N] [--seed N] [--add] [--folder FOLDER]
            --kills     so many, 1000 if not said
            --seed      of all chance
            --add       to what was counted before, by a seed that was not used yet
            --folder    where kills.json and kills.md stand, bench/results if not said
reads   FOLDER/kills.json       with --add
writes  FOLDER/kills.json       one row a cycle of a project
        FOLDER/kills.md         the tables

Some projects with the same small shop live side by side. A cycle is a drop of new rows, then
`runner.py run refresh`, `run train`, `promote` and `run cleanup`. In one of the projects nobody
interferes. In each of the others a job is killed again and again: each run of it at a moment drawn
anew, all of its processes or one of them, which leaves the others to find out. It is left alone
when a run was over before its moment, or at the latest after KILLS_A_JOB kills, and then has to
succeed by itself. At the end of a cycle all must be the same: the outs in dvc.lock, the registry,
who is in production; every row of every drop is in the merged table once; no process and no
half-written file is left.
"""

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bench import command_line
from bench.gate.shops import configured
from bench.house.imports import ROOT
from bench.runner.killing import (
    MOST_RERUNS,
    NOTHING_TO_DO,
    killed,
    mended,
    run,
)
from bench.runner.sameness import differences, litter, lost_or_doubled
from bench.speed import machine
from bench.speed.project import Project, make_project
from recsys.files.atomic import read_json, write_json, write_text

SHOP = ("--reviews", "900", "--users", "300", "--products", "40", "--no-dirty")
QUICK: dict[str, dict[str, Any]] = {
    "train_als": {"factors": 8, "iterations": 3, "search": "off"},
    "train_bpr": {"factors": 8, "epochs": 4, "loss": "bpr", "search": "off"},
    "merge": {"settle_s": 0.0},
    "cleanup": {"keep_models": 2, "keep_releases": 2},
}
JOBS = {
    "refresh": ("run", "refresh"),
    "train": ("run", "train"),
    "promote": ("promote", "--approve", "a cycle of the bench"),
    "cleanup": ("run", "cleanup"),
}
VICTIMS = 3  # to each project in which nobody interferes
KILLS_A_JOB = 12
LATER_S = 1.05  # of the time that a run should take: the latest moment of a kill
PROGRESS = 0.7  # a run after a kill should take so much of the former one's time
ROWS_A_DROP = 12
LIBRARIES = ("dvc", "mlflow")

Row = dict[str, Any]


@dataclass
class Lives:
    """The projects, and what is drawn for them."""

    calm: Project
    victims: list[Project]
    chance: random.Random
    took: dict[str, float] = field(default_factory=dict)  # seconds of each job, calm
    last: dict[str, float] = field(default_factory=dict)  # of the run after all kills
    cycles: int = 0

    def cycle(self) -> Iterator[Row]:
        """One cycle of all; of each victim what was killed in it, and what is wrong after it."""
        self.cycles += 1
        for project in (self.calm, *self.victims):
            drop(project, self.cycles)
        problems = list(self.undisturbed())
        for victim in self.victims:
            row = self.harried(victim)
            yield {**row, "problems": problems + row["problems"]}
            problems = []

    def undisturbed(self) -> Iterator[str]:
        """The jobs where nobody interferes, timed; those that fail."""
        for job, command in JOBS.items():
            begin = time.monotonic()
            code = run(self.calm, command)
            self.took[job] = time.monotonic() - begin
            if code not in NOTHING_TO_DO:
                yield f"{job}: exit {code} though nobody interfered"

    def harried(self, victim: Project) -> Row:
        """The jobs with kills; what is wrong after them."""
        kills: Counter[str] = Counter()
        reruns: dict[str, int] = {}
        problems: list[str] = []
        for job, command in JOBS.items():
            over = self.kill_often(victim, job, kills)
            begin = time.monotonic()
            reruns[job], code = mended(victim, command, over)
            if over is None:
                self.last[job] = (time.monotonic() - begin) / reruns[job]
            if code not in NOTHING_TO_DO or reruns[job] > MOST_RERUNS:
                problems.append(f"{job}: exit {code} after {reruns[job]} runs")
        problems += differences(self.calm, victim)
        problems += lost_or_doubled(victim, self.cycles, ROWS_A_DROP)
        problems += litter(victim)
        return {"kills": dict(kills), "reruns": reruns, "problems": problems}

    def kill_often(self, victim: Project, job: str, kills: Counter[str]) -> int | None:
        """Kill run after run of a job, and count it; the exit code of a run that was over before
        its moment, None if there was none.
        """
        for number in range(KILLS_A_JOB):
            how = self.chance.choice(["all", "one"])
            moment = self.chance.uniform(0, LATER_S * self.should_take(job, number))
            code = killed(victim, JOBS[job], how, moment, self.chance)
            if code is not None:
                return code
            kills[f"{job}, {how}"] += 1
        return None

    def should_take(self, job: str, kills: int) -> float:
        """Seconds of a run after so many kills, at a guess: stages that are done stay done."""
        least = min(self.last.get(job, 0.0), self.took[job])
        return float(max(least, self.took[job] * PROGRESS**kills))


def drop(project: Project, number: int) -> None:
    """A finished drop: customers buy what stands in the shop, one of them for the first time."""
    chance = random.Random(number)  # noqa: S311 - no secret
    merged = project.folder / "data/merged"
    products = pl.read_parquet(merged / "products.parquet")["product_id"].to_list()
    known = pl.read_parquet(merged / "interactions.parquet")["user_id"].unique().sort()
    users = [*chance.sample(known.to_list(), ROWS_A_DROP - 1), f"new{number}"]
    lines = [
        f"{user},{chance.choice(products)},{chance.randint(1, 5)},drop {number} row {at},"
        f"2026-11-{1 + number % 20:02} 10:{at:02}:00"
        for at, user in enumerate(users)
    ]
    text = "\n".join(["user_id,product_id,rating,comment,timestamp", *lines, ""])
    unfinished = project.staging / ".unfinished"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(project.staging / f"drop{number}.csv")


# ---- the campaign ----
def born(folder: Path, seed: int, victims: int = VICTIMS) -> Lives:
    """Projects of one shop, trained and with a model in production: one, and copies of it."""
    calm = make_project(folder / "calm", *SHOP)
    configured(QUICK)(calm)
    calm.staging.mkdir(parents=True, exist_ok=True)
    for command in (("repro",), JOBS["promote"]):
        if (code := run(calm, command)) != 0:
            said = (calm.folder / ".said").read_text(errors="replace")
            raise RuntimeError(f"exit {code}: {said[-2000:]}")
    others = [copied(calm, folder / f"victim{number}") for number in range(victims)]
    return Lives(calm, others, random.Random(seed))  # noqa: S311 - no secret


def copied(project: Project, folder: Path) -> Project:
    """A copy of a whole project, the times of its files too: the kernels stay compiled."""
    shutil.copytree(project.folder, folder, symlinks=True)
    return Project(folder)


def campaign(kills: int, seed: int) -> Iterator[Row]:
    """Cycles until so many kills were made; each as it ends."""
    with tempfile.TemporaryDirectory() as scratch:
        lives, done = born(Path(scratch).resolve(), seed), 0
        while done < kills:
            for row in lives.cycle():
                done += sum(row["kills"].values())
                print(
                    f"{done} kills: {row['problems'] or 'all is well'}", file=sys.stderr
                )
                yield {"seed": seed, **row}
                if done >= kills:
                    break


def markdown(rows: Sequence[Row], about: Row) -> str:
    """The tables."""
    kills: Counter[str] = Counter()
    runs: Counter[tuple[str, int]] = Counter()
    for row in rows:
        kills.update(row["kills"])
        runs.update(row["reruns"].items())
    problems = [problem for row in rows for problem in row["problems"]]
    seeds = sorted({row["seed"] for row in rows})
    lines = [
        "# kill -9 over full cycles",
        "",
        "Made by `python -m bench.runner.kills`; what is done is said at its top.",
        "",
        *machine.lines(about),
        "",
        f"{sum(kills.values()):,} kills in {len(rows):,} cycles, seeds {seeds}; "
        f"{len(problems)} things were wrong after a cycle.",
        "",
        "| job | all processes killed | one of them | runs that it then took, at most |",
        "|---|---|---|---|",
    ]
    for job in JOBS:
        most = max((count for name, count in runs if name == job), default=0)
        lines.append(
            f"| {job} | {kills[f'{job}, all']} | {kills[f'{job}, one']} | {most} |"
        )
    return "\n".join([*lines, "", *(f"- {problem}" for problem in problems), ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--add", action="store_true")
    parser.add_argument("--folder", type=Path, default=ROOT / "bench" / "results")
    given = parser.parse_args(arguments)
    file = given.folder / "kills.json"
    rows = read_json(file)["cycles"] if given.add else []
    seed = max([given.seed, *(1 + row["seed"] for row in rows)])
    about = machine.machine(LIBRARIES)
    for row in campaign(given.kills, seed):
        rows.append(row)
        write_json(file, {"machine": about, "cycles": rows})
        write_text(given.folder / "kills.md", markdown(rows, about))


if __name__ == "__main__":
    main()
