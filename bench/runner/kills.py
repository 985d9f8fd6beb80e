"""kill -9 at random moments of full cycles: does the next run mend it all?

usage   python -m bench.runner.kills [--kills N] [--seed N] [--add] [--folder FOLDER]
            --kills     so many, 1000 if not said
            --seed      of all chance
            --add       to what was counted before, by a seed that was not used yet
            --folder    where kills.json and kills.md stand, bench/results if not said
reads   FOLDER/kills.json       with --add
writes  FOLDER/kills.json       one row a cycle
        FOLDER/kills.md         the tables

Two projects with the same small shop live side by side. A cycle is a drop of new rows, then
`runner.py run refresh`, `run train`, `promote` and `run cleanup`. In one of the two nobody
interferes. In the other each job is killed a few times, each time at a moment drawn anew: all of
its processes, or one of them, which leaves the others to find out. Then the job is run until it
succeeds. At the end of a cycle both must be the same: the outs in dvc.lock, the registry, who is in
production; every row of every drop is in the merged table once; no process and no half-written
file is left.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import psutil

from bench import command_line
from bench.gate.shops import configured
from bench.house.imports import ROOT
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
KILLS_A_JOB = 3
ROWS_A_DROP = 12
MOST_RERUNS = 2
NOTHING_TO_DO = (0, 4, 5)
WAIT_S = 300.0
LIBRARIES = ("dvc", "mlflow")

Row = dict[str, Any]


@dataclass
class Lives:
    """The two projects, and what is drawn for them."""

    calm: Project
    victim: Project
    chance: random.Random
    took: dict[str, float] = field(default_factory=dict)  # seconds of each job, calm
    cycles: int = 0

    def cycle(self) -> Row:
        """One cycle of both; what was killed in it, and what is wrong after it."""
        self.cycles += 1
        for project in (self.calm, self.victim):
            drop(project, self.cycles)
        kills: Counter[str] = Counter()
        reruns: dict[str, int] = {}
        problems: list[str] = []
        for job, command in JOBS.items():
            begin = time.monotonic()
            code = run(self.calm, command)
            self.took[job] = time.monotonic() - begin
            if code not in NOTHING_TO_DO:
                problems.append(f"{job}: exit {code} though nobody interfered")
            for _ in range(KILLS_A_JOB):
                how = self.chance.choice(["all", "one"])
                moment = self.chance.uniform(0, 1.1 * self.took[job])
                kills[f"{job}, {how}"] += killed(
                    self.victim, command, how, moment, self.chance
                )
            reruns[job], code = mended(self.victim, command)
            if code not in NOTHING_TO_DO or reruns[job] > MOST_RERUNS:
                problems.append(f"{job}: exit {code} after {reruns[job]} runs")
        problems += differences(self.calm, self.victim)
        problems += lost_or_doubled(self.victim, self.cycles, ROWS_A_DROP)
        problems += litter(self.victim)
        return {"kills": dict(kills), "reruns": reruns, "problems": problems}


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


# ---- runs ----
def begun(project: Project, command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A command of runner.py, in a session of its own; what it says is in .said."""
    with (project.folder / ".said").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "runner.py", *command],
            cwd=project.folder,
            env=project.environment(),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def run(project: Project, command: Sequence[str]) -> int:
    """Its exit code, where nobody interferes."""
    return begun(project, command).wait(WAIT_S)


def killed(
    project: Project,
    command: Sequence[str],
    how: str,
    moment: float,
    chance: random.Random,
) -> int:
    """1 if something of it was killed after `moment` seconds; 0 if it had ended before."""
    process = begun(project, command)
    with suppress(subprocess.TimeoutExpired):
        process.wait(moment)
        return 0
    tree = family(process.pid)
    victims = tree if how == "all" else [chance.choice(tree)]
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    process.wait(WAIT_S)
    return 1


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started, whatever session they are in."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def mended(project: Project, command: Sequence[str]) -> tuple[int, int]:
    """Run it until it succeeds; how many runs that took, and the exit code of the last."""
    code, runs = run(project, command), 1
    while code not in NOTHING_TO_DO and runs <= MOST_RERUNS:
        code, runs = run(project, command), runs + 1
    return runs, code


# ---- the campaign ----
def born(folder: Path, seed: int) -> Lives:
    """Two projects of one shop, trained and with a model in production."""
    projects: list[Project] = []
    for name in ("calm", "victim"):
        project = make_project(folder / name, *SHOP)
        configured(QUICK)(project)
        if projects:
            project.take_kernels(projects[0].folder)
        project.staging.mkdir(parents=True, exist_ok=True)
        for command in (("repro",), JOBS["promote"]):
            if (code := run(project, command)) != 0:
                said = (project.folder / ".said").read_text(errors="replace")
                raise RuntimeError(f"exit {code}: {said[-2000:]}")
        projects.append(project)
    chance = random.Random(seed)  # noqa: S311 - no secret
    return Lives(projects[0], projects[1], chance)


def campaign(kills: int, seed: int) -> Iterator[Row]:
    """Cycles until so many kills were made; each as it ends."""
    with tempfile.TemporaryDirectory() as scratch:
        lives, done = born(Path(scratch).resolve(), seed), 0
        while done < kills:
            row = {"seed": seed, **lives.cycle()}
            done += sum(row["kills"].values())
            print(f"{done} kills: {row['problems'] or 'all is well'}", file=sys.stderr)
            yield row


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
