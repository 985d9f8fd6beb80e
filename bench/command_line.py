"""What the command lines of all measurements have in common."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from recsys.files.atomic import write_text
from recsys.program.command_line import PARAMS_FILE


def parser(docstring: str | None) -> argparse.ArgumentParser:
    """A parser with --out and --params, and the program's docstring as its help."""
    made = argparse.ArgumentParser(
        description=docstring, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = made.add_argument
    add(
        "--out",
        type=Path,
        metavar="FILE",
        help="where the tables go; else to the terminal",
    )
    add("--params", type=Path, default=Path(PARAMS_FILE), metavar="FILE")
    return made


def write(text: str, out: Path | None) -> None:
    """Write the text to a file, or to the terminal if there is none."""
    if out is None:
        sys.stdout.write(text)
    else:
        write_text(out, text)


def write_lines(lines: Iterable[str], out: Path | None) -> None:
    """Show each line as it comes, or write all of them to a file when the last has come."""
    if out is None:
        for line in lines:
            print(line, flush=True)
    else:
        write_text(out, "\n".join([*lines, ""]))


def over_shops_and_seeds(
    docstring: str | None,
    report: Callable[[Sequence[Path], Path, Sequence[int]], Iterable[str]],
    first: int,
    count: int,
    arguments: Sequence[str] | None,
) -> None:
    """The command line of a measurement of some shops with --seeds seeds, `count` if not said, from
    `first` on: `report` has their folders, the file of the params and the seeds.
    """
    made = parser(docstring)
    made.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    made.add_argument("--seeds", type=int, default=count, help="so many of them")
    given = made.parse_args(arguments)
    seeds = range(first, first + given.seeds)
    write_lines(report(given.folders, given.params, seeds), given.out)


def on_a_large_shop(
    docstring: str | None,
    report: Callable[[Path, Sequence[str], int], Iterable[str]],
    arguments: Sequence[str] | None,
) -> None:
    """The command line of a measurement on one generated shop, --runs times: `report` has a scratch
    folder, the options of bench/shop/generate.py and the runs.
    """
    made = parser(docstring)
    made.add_argument("--reviews", default="369000")
    made.add_argument("--users", default="300000")
    made.add_argument("--runs", type=int, default=5)
    given = made.parse_args(arguments)
    sizes = ("--reviews", given.reviews, "--users", given.users)
    with tempfile.TemporaryDirectory() as folder:
        write_lines(report(Path(folder).resolve(), sizes, given.runs), given.out)
