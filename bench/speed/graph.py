"""What the whole graph costs in a scratch copy of the repository, stage by stage.

usage   python -m bench.speed.graph [--reviews N --users N --products N] [--runs N] [--out FILE]
            the whole graph from a fresh clone, without and with compiled kernels; after drops of
            new rows; with nothing to do, beside a DVC project that does nothing; and the straight
            script (bench/speed/straight.py) on the same shop
writes  FILE            the tables as Markdown; without one, to the terminal

Without sizes it is the sample shop. `measure` gives the same figures to bench/speed/report.py.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench import command_line
from bench.house.imports import ROOT
from bench.speed import bare_dvc, drops
from bench.speed.cost import HEAD, SHOWN, Cost
from bench.speed.project import Project, make_project

REPRO = ("runner.py", "repro")
REFRESH = ("runner.py", "run", "refresh")
DVC = ("-m", "dvc", "repro")
FEW, MANY = 100, 10_000  # rows of a drop


class Runs(NamedTuple):
    """How often things are run, for the median."""

    whole: int  # the graph
    part: int  # a refresh, a run with nothing to do
    many: int = MANY  # rows of the larger drop


USUAL, QUICK = Runs(3, 5), Runs(1, 1, 1000)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        round(median(cost.peak for cost in costs)),
    )


def whole(
    project: Project, runs: int, prepare: Callable[[], object]
) -> dict[str, Cost]:
    """Medians of `runs` runs of the graph, each after `prepare`: all of it, and each stage."""
    found: dict[str, list[Cost]] = {"whole graph": []}
    for _ in range(runs):
        prepare()
        found["whole graph"].append(project.run(*REPRO))
        for stage, cost in project.stages().items():
            found.setdefault(stage, []).append(cost)
    return {name: middle(costs) for name, costs in found.items()}


class Numbers:
    """Drops of a project, none like another."""

    def __init__(self, project: Project) -> None:
        self.project, self.last = project, 0

    def drop(self, rows: int, known: bool) -> None:
        """Put another drop into staging."""
        self.last += 1
        drops.drop(self.project.shop, self.project.staging, rows, self.last, known)


def refreshes(project: Project, numbers: Numbers, runs: Runs) -> dict[str, Cost]:
    """Medians of the runner's refresh after drops of few and many rows."""
    found = {}
    for rows in (FEW, runs.many):
        for known in (True, False):
            costs = []
            for _ in range(runs.part):
                numbers.drop(rows, known)
                costs.append(project.run(*REFRESH))
            who = "known" if known else "new"
            found[f"refresh, {rows:,} rows of {who} customers"] = middle(costs)
    return found


def nothing_to_do(project: Project, bare: Project, runs: int) -> dict[str, Cost]:
    """Medians of runs that find nothing to do, taken in turn."""
    ways = {
        "runner.py repro": (project, REPRO),
        "dvc repro": (project, DVC),
        "dvc repro, bare project": (bare, DVC),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, (where, arguments) in ways.items():
            costs[name].append(where.run(*arguments))
    return {name: middle(taken) for name, taken in costs.items()}


def bpr_valid_recall(project: Project) -> float:
    """The best valid_recall_at_10 that the search of train_bpr has seen."""
    curve = json.loads((project.folder / "models/bpr/curve.json").read_text())
    return max(point.get("valid_recall_at_10", 0.0) for point in curve)


def straight(shop: Path, wanted: float, validate: bool) -> dict[str, Any]:
    """One run of the straight script. RuntimeError with what it said if it fails."""
    command = [sys.executable, "-m", "bench.speed.straight", str(shop)]
    options = ["--bpr-recall", str(wanted), *(["--validate"] if validate else [])]
    done = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-SHOWN:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peer(project: Project, runs: int) -> dict[str, Any]:
    """The straight script on the project's shop: median cost, and what it found."""
    wanted = bpr_valid_recall(project)
    found = [straight(project.shop, wanted, run == 0) for run in range(runs)]
    costs = [Cost(one["wall"], one["cpu"], one["peak"]) for one in found]
    return {**found[0], **middle(costs).as_dict(), "wanted": wanted}


def ours(project: Project) -> dict[str, Any]:
    """What stages/evaluate.py found, and on how many users."""
    found = json.loads((project.folder / "metrics" / "evaluate.json").read_text())
    recall = {name: row["recall_at_10"] for name, row in found["models"].items()}
    return {"test_users": found["test_users"], "recall_at_10": recall}


def measure(scratch: Path, runs: Runs, *options: str) -> dict[str, Any]:
    """Everything of a shop with these options of bench.shop.generate, for JSON."""
    project = make_project(scratch / "project", *options)
    cold = whole(project, runs.whole, lambda: project.wipe(keep_kernels=False))
    warm = whole(project, runs.whole, project.wipe)
    found: dict[str, Any] = {"ours": ours(project)}
    found["straight"] = peer(project, runs.whole)
    bare = bare_dvc.make_bare(scratch / "bare")
    idle = nothing_to_do(project, bare, runs.part)
    numbers = Numbers(project)  # first the shop as it is, then what makes it larger
    after = whole(project, runs.whole, lambda: numbers.drop(FEW, True))
    refreshed = refreshes(project, numbers, runs)
    tables = {"cold": cold, "warm": warm, "idle": idle, "refresh": refreshed}
    for name, costs in {**tables, "after a drop": after}.items():
        found[name] = {what: cost.as_dict() for what, cost in costs.items()}
    return found


def cost(row: dict[str, float]) -> Cost:
    """A cost as it stands in JSON."""
    return Cost(row["wall"], row["cpu"], int(row["peak"]))


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Markdown lines of what `measure` found."""
    titles = {
        "cold": "From a fresh clone, kernels compiled on the way",
        "warm": "From a fresh clone, kernels compiled already",
        "after a drop": f"After a drop of {FEW} rows of known customers",
        "refresh": "`runner.py run refresh`, each time with a drop more",
        "idle": "Nothing to do",
    }
    for name, title in titles.items():
        yield f"\n{title}\n"
        yield HEAD
        for what, row in found[name].items():
            yield cost(row).row(what)
    yield from peer_lines(found["ours"], found["straight"])


def peer_lines(own: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    """Markdown lines of the straight script, and what both found."""
    yield "\nThe straight script (bench/speed/straight.py), one process\n"
    yield HEAD
    yield cost(other).row("all of it")
    reached = other["bpr_valid_recall_at_10"] >= other["wanted"]
    yield (
        f"\nBPR: {other['bpr_epochs']} epochs of implicit reach recall_at_10 "
        f"{other['bpr_valid_recall_at_10']:.4f} on the validation fold, the graph's "
        f"{other['wanted']:.4f} {'is' if reached else 'is not'} reached. ALS of implicit reaches "
        f"{other['als_valid_recall_at_10']:.4f} there. Test users: graph "
        f"{own['test_users']:,}, script {other['test_users']:,}.\n"
    )
    yield "| recall_at_10 on the test | graph | script |\n|---|---|---|"
    for name, value in own["recall_at_10"].items():
        theirs = other["figures"].get(f"{name} recall_at_10")
        yield f"| {name} | {value:.4f} | {f'{theirs[0]:.4f}' if theirs else ''} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 with what a program in it said."""
    parser = command_line.parser(__doc__)
    for name in ("reviews", "users", "products"):
        parser.add_argument(f"--{name}", metavar="N")
    parser.add_argument("--runs", type=int, metavar="N", help="each thing so often")
    given = parser.parse_args(arguments)
    sizes = [
        text
        for name in ("reviews", "users", "products")
        if getattr(given, name)
        for text in (f"--{name}", getattr(given, name))
    ]
    runs = Runs(given.runs, given.runs) if given.runs else USUAL
    try:
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(Path(scratch), runs, *sizes)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        print(f"bench.speed.graph: {str(said).strip()[-SHOWN:]}", file=sys.stderr)
        return 2
    command_line.write_lines(lines(found), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
