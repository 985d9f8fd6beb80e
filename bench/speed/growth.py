"""How time and memory of the graph grow with the rows: exponents between sizes.

usage   python -m bench.speed.growth [--sizes N,N,N] [--users N,N,N] [--products N,N,N] [--out FILE]
            the whole graph once for each number of reviews, without comments, with kernels that are
            compiled already; without sizes a fifth of a million, 2 million and 20 million rows
            --users     of each shop; if not said, as many a review as with 2 million of 20 million
            --products  of each shop; if not said, as many a review as with 200,000 of 20 million
            one number is that of every shop
writes  FILE            the tables as Markdown; without one, to the terminal

An exponent of 1 is linear: b in time = a rows^b, from one size to the next.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any, TypeVar

from bench import command_line
from bench.speed.cost import SHOWN
from bench.speed.graph import REPRO
from bench.speed.project import make_project

SIZES = (165_000, 1_650_000, 16_500_000)  # reviews; the file has a fifth more rows
REVIEWS, USERS, PRODUCTS = SIZES[-1], 2_000_000, 200_000  # of the largest shop
FIGURES = ("wall", "cpu", "peak")
T = TypeVar("T")
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
    users: Sequence[int] | None = None,
    products: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Each size in turn, of shops with so many users and products, for JSON."""
    run_once(scratch / "small", None, *SMALL)
    users = users or [size * USERS // REVIEWS for size in sizes]
    products = products or [size * PRODUCTS // REVIEWS for size in sizes]
    found = []
    for size, of_users, of_products in zip(sizes, users, products, strict=True):
        shape = {"--reviews": size, "--users": of_users, "--products": of_products}
        options = [text for pair in shape.items() for text in map(str, pair)]
        options.append("--no-comments")
        found.append(run_once(scratch / str(size), scratch / "small", *options))
    return found


def numbers(text: str | None, count: int) -> list[int] | None:
    """So many numbers of a comma-separated text, a single one repeated; ValueError if it has
    others.
    """
    if text is None:
        return None
    found = [int(part) for part in text.split(",")]
    if len(found) not in (1, count):
        raise ValueError(f"{text}: give one number, or {count} as of --sizes")
    return found * count if len(found) == 1 else found


def exponent(rows: Sequence[int], values: Sequence[float]) -> float | None:
    """b of value = a rows^b through two points; None where there is none."""
    (few, many), (low, high) = rows, values
    if min(few, many, low, high) <= 0 or few == many:
        return None
    return log(high / low) / log(many / few)


def spans(values: Sequence[T]) -> list[tuple[T, T]]:
    """Each and the next; then, of more than two, the first and the last."""
    return [*pairwise(values), *[(values[0], values[-1])] * (len(values) > 2)]


def lines(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Markdown lines: what each size took, and the exponents from one to the next and over all."""
    rows = [one["rows"] for one in found]
    sizes = [f"{count:,} rows" for count in rows]
    steps = [f"exponent {few} to {many}" for few, many in spans(sizes)]
    for figure, unit in zip(FIGURES, ("wall s", "CPU s", "peak MB"), strict=True):
        yield f"\n| {unit} | {' | '.join([*sizes, *steps])} |"
        yield "|---" * (1 + len(sizes) + len(steps)) + "|"
        for name in found[0]["costs"]:
            values = [one["costs"][name][figure] for one in found]
            powers = map(exponent, spans(rows), spans(values))
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
    parser.add_argument("--users", metavar="N,N")
    parser.add_argument("--products", metavar="N,N")
    given = parser.parse_args(arguments)
    try:
        sizes = [int(text) for text in given.sizes.split(",")]
        shape = [numbers(text, len(sizes)) for text in (given.users, given.products)]
        with tempfile.TemporaryDirectory() as scratch:
            found = measure(Path(scratch), sizes, *shape)
    except (ValueError, RuntimeError, OSError) as error:
        print(f"bench.speed.growth: {str(error).strip()[-SHOWN:]}", file=sys.stderr)
        return 2
    command_line.write_lines(lines(found), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
