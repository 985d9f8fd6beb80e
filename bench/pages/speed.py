"""How long each page takes to make on a large shop, and how large it is.

usage   python -m bench.pages.speed [--reviews N] [--users N] [--runs N] [--out FILE]
            --reviews, --users      of the generated shop, 369000 and 300000 if not said
            --runs                  processes of each page, 5 if not said
writes  FILE                        the table as Markdown; without one, to the terminal

In a scratch copy of the repository models are trained and the better one goes into production; the
reference of drift ends half a year before the newest event, so that the page of drift has its
windows. Each page is made in a process of its own (bench/pages/timed.py); the line of `runner.py
pages` is the whole command, imports and all.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl

from bench import command_line
from bench.house.imports import ROOT
from bench.pages.timed import PAGES, Took
from bench.speed import machine
from bench.speed.project import Project, make_project
from recsys.drift import reference
from recsys.files.tables import read_table

LIMIT_S, LIMIT_MB = 2.0, 1.0
BACK = timedelta(days=182)  # from the newest event to the end of the reference
LIBRARIES = ("numpy", "polars", "jinja2", "markdown-it-py")
WHERE = {
    "index": "reports/index.html",
    "model": "a page of reports/models/",
    "evaluation": "reports/evaluation.html",
    "drift": "reports/drift.html",
    "look": "the slowest and the largest answer of `runner.py look`",
}


def prepared(folder: Path, sizes: Sequence[str]) -> Project:
    """A project of such a shop with all pages to make."""
    project = make_project(folder, *sizes, "--products", "2244")
    project.take_kernels(ROOT)
    project.run("runner.py", "repro")
    project.run("runner.py", "promote")
    events = read_table(folder / "data/processed/interactions.parquet")
    until = events["timestamp"].max() - BACK  # type: ignore[operator]  # a datetime
    older = events.filter(pl.col("timestamp") <= until)
    reference.write(folder / "data/reference", older, "by hand", None)
    return project


def took(project: Project, page: str) -> Took:
    """One page in a process of its own. RuntimeError with what it said if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.pages.timed", page],
        cwd=project.folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("TOOK ")]
    if not told:
        raise RuntimeError(f"{page}: exit {done.returncode}: {done.stderr}")
    _, wall, cpu, size = told[-1].split()
    return Took(float(wall), float(cpu), int(size))


def row(page: str, runs: Sequence[Took]) -> str:
    """A line of the table: medians."""
    wall, cpu, size = (statistics.median(each) for each in zip(*runs, strict=True))
    return f"| {WHERE[page]} | {wall:.2f} | {cpu:.2f} | {size / 1000:,.0f} |"


def report(folder: Path, sizes: Sequence[str], runs: int) -> Iterator[str]:
    """The report as lines of Markdown."""
    project = prepared(folder / "shop", sizes)
    yield "# Pages of a large shop"
    yield "\nMade by `python -m bench.pages.speed`; what is done is said at its top.\n"
    yield from machine.lines(machine.machine(LIBRARIES))
    yield f"\nShop: {' '.join(sizes)}. Medians of {runs} runs."
    yield f"Wanted: at most {LIMIT_S:g} s and {LIMIT_MB:g} MB a page.\n"
    yield "| page | wall s | CPU s | KB |\n|---|---|---|---|"
    for page in PAGES:
        yield row(page, [took(project, page) for _ in range(runs)])
    whole = [project.run("runner.py", "pages") for _ in range(runs)]
    wall = statistics.median(cost.wall for cost in whole)
    cpu = statistics.median(cost.cpu for cost in whole)
    yield f"| `runner.py pages`, the whole command | {wall:.2f} | {cpu:.2f} | |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.on_a_large_shop(__doc__, report, arguments)


if __name__ == "__main__":
    main()
