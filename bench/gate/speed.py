"""What gate and court add to a promotion of a large shop, in seconds.

usage   python -m bench.gate.speed [--reviews N] [--users N] [--runs N] [--out FILE]
            --reviews, --users      of the generated shop, 369000 and 300000 if not said
            --runs                  processes of each, 5 if not said
writes  FILE                        the table as Markdown; without one, to the terminal

In a scratch copy of the repository a model is trained and put into production, then another recipe
is trained. Gate: from the question to the verdict of `runner.py promote --dry-run`, with releases
and history read from disk. Court: a hearing of `runner.py run court`, with as many customers who
have bought something since. Each run is a process of its own; imports are not counted.
"""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from bench import command_line
from bench.gate.shops import configured
from bench.speed import machine
from bench.speed.project import Project, make_project
from recsys.files.tables import read_table, write_table

OTHER_RECIPE = {"train_als": {"iterations": 16}}
BUYERS = (1_000, 5_000)
TIMED = """\
import sys, time
from pathlib import Path
from ops.deploy import gate, hear, promote

def timed(of, name, users):
    inner = getattr(of, name)

    def call(*given):
        begin, cpu = time.perf_counter(), time.process_time()
        found = inner(*given)
        spent = time.perf_counter() - begin, time.process_time() - cpu
        print("TIMED", *spent, users(found))
        return found

    setattr(of, name, call)

timed(gate, "judged", lambda found: found[1].users)
timed(hear.Courtroom, "hear", lambda found: found[0].partition(" users")[0].split()[-1])
{call}
"""
GATE = "promote.main(dry_run=True)"
COURT = "hear.main(state=Path('.state'))"
APPROVE = ("promote", "--approve", "so that there is a former champion")
LIBRARIES = ("numpy", "numba", "polars")


def spent(project: Project, call: str) -> tuple[float, float, int]:
    """Wall and CPU seconds of the call in a process of its own, and the users of it."""
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(call=call)],
        cwd=project.folder,
        env=project.environment()
        | {"PYTHONPATH": os.pathsep.join([str(project.folder), ".hook"])},
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("TIMED")]
    if not told:
        raise RuntimeError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
    _, wall, cpu, users = told[0].split()
    return float(wall), float(cpu), int(users.replace(",", ""))


def row(name: str, runs: Sequence[tuple[float, float, int]]) -> str:
    """A line of the table: medians."""
    wall, cpu = (statistics.median(run[at] for run in runs) for at in (0, 1))
    return f"| {name} | {runs[0][2]:,} | {wall:.2f} | {cpu:.2f} |"


def hearing(project: Project) -> tuple[float, float, int]:
    """The cost of a hearing, as if it was the first one."""
    state = project.folder / ".state"
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(project.folder / "state", state)
    return spent(project, COURT)


def buy(project: Project, buyers: int) -> None:
    """So many customers have bought a product each, a day from now."""
    path = project.folder / "data/processed/interactions.parquet"
    events, rng = read_table(path), np.random.default_rng(1)
    now = datetime.now(UTC)
    known = events.filter(pl.col("timestamp") < now)
    users = known["user_id"].unique().sort()
    names = users.gather(rng.choice(len(users), min(buyers, len(users)), replace=False))
    products = known["product_id"].unique().sort()
    bought = known.head(len(names)).with_columns(
        user_id=names,
        product_id=products.gather(rng.integers(len(products), size=len(names))),
        rating=pl.lit(5.0).cast(known.schema["rating"]),
        timestamp=pl.lit(now + timedelta(days=1)).cast(known.schema["timestamp"]),
    )
    write_table(pl.concat([known, bought]), path)


def report(folder: Path, sizes: Sequence[str], runs: int) -> Iterator[str]:
    """The report as lines of Markdown."""
    project = make_project(folder / "shop", *sizes, "--products", "2244")
    project.run("runner.py", "repro")
    project.run("runner.py", "promote")
    configured(OTHER_RECIPE)(project)
    project.run("runner.py", "repro")
    yield "# What gate and court cost"
    yield "\nMade by `python -m bench.gate.speed`; what is done is said at its top.\n"
    yield from machine.lines(machine.machine(LIBRARIES))
    yield f"\nShop: {' '.join(sizes)}. Medians of {runs} runs.\n"
    yield "| what | users | wall s | CPU s |\n|---|---|---|---|"
    gates = [spent(project, GATE) for _ in range(runs)]
    yield row("gate, a new recipe beside the champion", gates)
    project.run("runner.py", *APPROVE)
    for buyers in BUYERS:
        buy(project, buyers)
        hearings = [hearing(project) for _ in range(runs)]
        yield row("court, a hearing of champion, former one and popularity", hearings)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.on_a_large_shop(__doc__, report, arguments)


if __name__ == "__main__":
    main()
