"""What the command lines of all measurements have in common."""

import argparse
import sys
from collections.abc import Iterable
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
