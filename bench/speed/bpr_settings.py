"""With which settings the BPR of implicit comes nearest to ours on the validation fold: these are
what the straight script (bench/speed/straight.py) is given, as it is to be an equal.

usage   python -m bench.speed.bpr_settings DIR [--out FILE]
reads   DIR             a folder with a shop's three CSVs
writes  FILE            a row of a table for each setting, the best first; without one, to the
                        terminal

Each is fitted without the fold until that gains no more, by the script's own rule. Of those within
NEAR of the best recall_at_10 the one that takes the least CPU is named.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from bench import command_line
from bench.speed import straight, straight_data
from bench.speed.straight_data import Data

GRID = {
    "factors": (64, 128, 256, 384),
    "learning_rate": (0.05, 0.1, 0.2),
    "regularization": (0.03, 0.05, 0.1, 0.15),
}
NEAR = 0.005
HEAD = (
    "| factors | learning_rate | regularization | epochs | recall_at_10 | CPU s |\n"
    "|---|---|---|---|---|---|"
)


class Tried(NamedTuple):
    """What a setting reaches, after so many epochs and CPU seconds, with those of checks."""

    settings: dict[str, Any]
    epochs: int
    recall: float
    cpu: float


def tried(data: Data, settings: dict[str, Any]) -> Tried:
    """Fit it until the fold gains no more."""
    began = time.process_time()
    epochs, recall = straight.bpr_epochs(data, None, settings)
    return Tried(settings, epochs, recall, time.process_time() - began)


def chosen(all_tried: Iterable[Tried]) -> Tried:
    """The one with the least CPU of those that are near the best."""
    every = list(all_tried)
    best = max(one.recall for one in every)
    return min((one for one in every if one.recall >= best - NEAR), key=lambda t: t.cpu)


def lines(data: Data, grid: dict[str, tuple[Any, ...]]) -> Iterator[str]:
    """The table, and what is chosen."""
    every = [
        tried(data, dict(zip(grid, values, strict=True)))
        for values in product(*grid.values())
    ]
    users, items = data.fold.shape
    yield f"# BPR of implicit on {users:,} users, {items:,} products, {data.fold.nnz:,} positives\n"
    yield "Made by bench/speed/bpr_settings.py; it says what this is for.\n"
    yield HEAD
    for one in sorted(every, key=lambda t: -t.recall):
        cells = [*one.settings.values(), one.epochs, f"{one.recall:.4f}"]
        yield f"| {' | '.join(map(str, cells))} | {one.cpu:.1f} |"
    yield f"\nChosen: {chosen(every).settings}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status: 0, or 2 for a folder that holds no shop."""
    parser = command_line.parser(__doc__)
    parser.add_argument("shop", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    try:
        data = straight_data.load(given.shop)
    except (OSError, straight_data.pl.exceptions.PolarsError) as error:
        print(f"bench.speed.bpr_settings: {error}", file=sys.stderr)
        return 2
    with threadpool_limits(1, user_api="blas"):
        command_line.write_lines(lines(data, GRID), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
