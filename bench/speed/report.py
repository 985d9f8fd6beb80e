"""All speed figures by one command, in one table: `make bench`.

usage   python -m bench.speed.report [--quick] [--scale] [--only PART,PART] [--folder FOLDER]
            graph       bench/speed/graph.py on a shop of 369,000 reviews
            ranking     bench/speed/ranking.py at two sizes
            growth      bench/speed/growth.py over three sizes; only with --scale, it takes long
            --quick     everything on a tiny shop, once, to the terminal
writes  FOLDER/speed.md     ratios first, then the tables; bench/results if no FOLDER is named
        FOLDER/speed.json   the same figures, for programs

A part that is not run keeps the figures that FOLDER/speed.json has of it; each says on what machine
and at which commit it was made. A part that fails says so, and the others go on.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.house.imports import ROOT
from bench.speed import graph, growth, machine, ranking, ratios
from bench.speed.cost import SHOWN
from bench.speed.floor import REVIEWS
from recsys.files.atomic import write_json, write_text

RESULTS = ROOT / "bench" / "results"
TINY = ("--users", "300", "--products", "40")
SIZES = ((10_000, 8_000), (100_000, 10_000))  # users and items that are ranked
TINY_SIZES = ((500, 400),)
TINY_GROWTH = (1_000, 5_000)
TITLES = {
    "graph": "The whole graph",
    "ranking": "Evaluation, CPU seconds",
    "growth": "Growth with the rows",
}
HEAD = """\
# Speed

Made by `make bench`; what is measured and how is said at the top of bench/speed/graph.py, \
bench/speed/straight.py, bench/speed/ranking.py and bench/speed/growth.py. CPU is that of all \
processes together, peak the largest sum of their resident memory.
"""


def measured_graph(scratch: Path, quick: bool) -> dict[str, Any]:
    """The whole graph on a shop."""
    options, runs = (TINY, graph.QUICK) if quick else (REVIEWS, graph.USUAL)
    found = graph.measure(scratch, runs, *options)
    return {"shop": " ".join(options), "runs": runs._asdict(), **found}


def measured_ranking(_: Path, quick: bool) -> dict[str, Any]:
    """Evaluation at each size, each in a process of its own."""
    found = {}
    for users, items in TINY_SIZES if quick else SIZES:
        repeats = "1" if quick else str(ranking.REPEATS)
        sizes = [str(users), str(items), "--repeats", repeats]
        command = [sys.executable, "-m", "bench.speed.ranking", *sizes]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=one_thread(),
            capture_output=True,
            text=True,
            check=True,
        )
        found[f"{users:,} x {items:,}"] = json.loads(done.stdout.splitlines()[-1])
    return {"sizes": found}


def one_thread() -> dict[str, str]:
    """An environment in which BLAS has one thread and computes for the CPU that stages do."""
    code = "import json, os, stages; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def measured_growth(scratch: Path, quick: bool) -> dict[str, Any]:
    """The graph at several sizes."""
    return {"sizes": growth.measure(scratch, TINY_GROWTH if quick else growth.SIZES)}


PARTS: dict[str, Callable[[Path, bool], dict[str, Any]]] = {
    "graph": measured_graph,
    "ranking": measured_ranking,
    "growth": measured_growth,
}


def commit() -> str:
    """The commit that the checkout is at, with a plus if its files differ from it."""

    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return f"{git('rev-parse', '--short', 'HEAD') or 'unknown'}{'+' if changed else ''}"


def measured(part: str, quick: bool) -> dict[str, Any]:
    """What a part found, or why it failed; with the machine and the commit."""
    where = {"machine": machine.machine(), "commit": commit()}
    try:
        with tempfile.TemporaryDirectory() as scratch:
            return {**where, **PARTS[part](Path(scratch), quick)}
    except (RuntimeError, OSError, ValueError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        return {**where, "failed": str(said).strip()[-SHOWN:]}


def lines(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The report as lines of Markdown."""
    yield HEAD
    yield from ratios.lines(found)
    for part, title in TITLES.items():
        if part in found:
            yield f"\n## {title}\n"
            yield from part_lines(part, found[part])


def part_lines(part: str, found: dict[str, Any]) -> Iterator[str]:
    """The tables of a part, and where they were made."""
    yield from machine.lines(found["machine"])
    yield f"Commit {found['commit']}."
    if "failed" in found:
        yield f"\n**Failed**: {' '.join(found['failed'].split())}"
    elif part == "graph":
        runs = found["runs"]
        yield (
            f"\nShop: `python -m bench.shop.generate DIR {found['shop']}`. Medians of "
            f"{runs['whole']} runs of the whole graph and of the script, "
            f"{runs['part']} of the rest."
        )
        yield from graph.lines(found)
    elif part == "ranking":
        yield ""
        yield from ranking.lines(found["sizes"])
    else:
        yield from growth.lines(found["sizes"])


def chosen(only: str | None, scale: bool, quick: bool) -> list[str]:
    """The parts to run. ValueError for one that there is not."""
    if only is None:
        return [part for part in PARTS if part != "growth" or scale or quick]
    parts = only.split(",")
    for part in parts:
        if part not in PARTS:
            raise ValueError(f"no part {part!r}; there are {', '.join(PARTS)}")
    return parts


def known(path: Path) -> dict[str, Any]:
    """What an earlier run has found. ValueError if the file is not JSON."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise ValueError(f"{path}: not JSON; delete it and run again") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, 1 if a part failed, 2 for bad arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny, to the terminal")
    parser.add_argument(
        "--scale", action="store_true", help="up to 20 million rows too"
    )
    parser.add_argument("--only", metavar="PART,PART", help=", ".join(PARTS))
    parser.add_argument("--folder", type=Path, default=RESULTS, metavar="FOLDER")
    given = parser.parse_args(arguments)
    table = given.folder / "speed.json"
    try:
        parts = chosen(given.only, given.scale, given.quick)
        found = {} if given.quick else known(table)
    except ValueError as error:
        print(f"bench.speed.report: {error}", file=sys.stderr)
        return 2
    for part in parts:
        print(f"measuring: {TITLES[part]}", file=sys.stderr, flush=True)
        found[part] = measured(part, given.quick)
        if not given.quick:
            write_json(table, found)
            write_text(given.folder / "speed.md", "\n".join([*lines(found), ""]))
    if given.quick:
        print("\n".join(lines(found)))
    return int(any("failed" in found[part] for part in parts))


if __name__ == "__main__":
    sys.exit(main())
