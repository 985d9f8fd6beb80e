"""How time and memory of the graph grow with the rows: exponents between sizes.

usage   python -m bench.speed.growth [--sizes N,N,N] [--users N] [--products N] [--out FILE]
            the whole graph once for each number of reviews, without comments, with kernels that are
            compiled already; without sizes a fifth of a million, 2 million and 20 million rows
            --users     of each shop; four of five reviews are of one of their own if not said
            --products  of each shop, 5,000 if not said
writes  FILE            the tables as Markdown; without one, to the terminal

An exponent of 1 is linear: b in time = a rows^b, from one size to the next.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

from bench import command_line
from bench.speed.cost import SHOWN
from bench.speed.graph import REPRO
from bench.speed.project import make_project

SIZES = (165_000, 1_650_000, 16_500_000)  # reviews; the file has a fifth more rows
PRODUCTS = "5000"
FIGURES = ("wall", "cpu", "peak")
SMALL = ("--users", "300", "--products", "40")  # its run compiles the kernels


def rows_of(reviews: Path) -> int:
    """Rows of a CSV file without texts of several lines, header not counted."""
    with reviews.open("rb") as handle:
        return (
            sum(block.count(b"\n") for block in iter(lambda: handle.read(1 << 24), b""))
            - 1
        )


def run_once(folder: Path, kernels: Path | None, *options: str) -> dict[str, Any]:
    """Rows, and the cost of the graph and of each stage, of a shop with these options."""
    project = make_project(folder, *options)
    if kernels:
        project.take_kernels(kernels)
    whole = project.run(*REPRO)
    costs = {"whole graph": whole, **project.stages()}
    rows = rows_of(project.shop / "data_reviews_purchase.csv")
    return {"rows": rows, "costs": {name: c.as_dict() for name, c in costs.items()}}


def measure(
    scratch: Path,
    sizes: Sequence[int] = SIZES,
    shape: Sequence[str] = ("--products", PRODUCTS),
) -> list[dict[str, Any]]:
    """Each size in turn, of shops with these further options, for JSON."""
    run_once(scratch / "small", None, *SMALL)
    found = []
    for size in sizes:
        options = ("--reviews", str(size), *shape, "--no-comments")
        found.append(run_once(scratch / str(size), scratch / "small", *options))
    return found


def exponent(rows: Sequence[int], values: Sequence[float]) -> float | None:
    """b of value = a rows^b through two points; None where there is none."""
    (few, many), (low, high) = rows, values
    if min(few, many, low, high) <= 0 or few == many:
        return None
    return log(high / low) / log(many / few)


def lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Markdown lines: what each size took, and the exponents from one to the next."""
    rows = [one["rows"] for one in found]
    sizes = [f"{count:,} rows" for count in rows]
    steps = [f"exponent {few} to {many}" for few, many in pairwise(sizes)]
    for figure, unit in zip(FIGURES, ("wall s", "CPU s", "peak MB"), strict=True):
        yield f"\n| {unit} | {' | '.join([*sizes, *steps])} |"
        yield "|---" * (1 + len(sizes) + len(steps)) + "|"
        for name in found[0]["costs"]:
            values = [one["costs"][name][figure] for one in found]
            powers = map(exponent, pairwise(rows), pairwise(values))
            cells = [
                f"{value:,.0f}" if figure == "peak" else f"{value:.1f}"
                for value in values
            ]
            cells += ["" if power is None else f"{power:.2f}" for power in powers]
            yield f"| {name} | {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 with what a program in it said."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), metavar="N,N")
    parser.add_argument("--users", metavar="N")
    parser.add_argument("--products", default=PRODUCTS, metavar="N")
    given = parser.parse_args(arguments)
    shape = ["--products", given.products]
    shape += ["--users", given.users] if given.users else []
    try:
        sizes = [int(text) for text in given.sizes.split(",")]
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(Path(scratch), sizes, shape)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"bench.speed.growth: {str(error).strip()[-SHOWN:]}", file=sys.stderr)
        return 2
    command_line.write_lines(lines(found), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
