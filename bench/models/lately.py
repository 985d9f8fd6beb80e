"""What a memory is worth: what a user liked lately counts more among neighbours, or all alike.

usage   python -m bench.models.lately DIR ... [--seeds N] [--out FILE]
reads   DIR             a shop, as bench/models/blends.py takes it; or `ml-100k`: MovieLens 100K
        params.yaml     sections merge, process, embed, train_als, train_bpr
writes  FILE            the table below as Markdown; without one, to the terminal

ALS and BPR are trained as their stages do it, once for each of N seeds, with all weights of the
search and with those that have no memory. All choices are made on the validation fold; the test
fold is read once. Metrics are means over seeds and users, as served; differences have 95 %
intervals by a paired bootstrap over users.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models.blends import FIRST_SEED, SEEDS, measured, shop_of, trained
from bench.models.comparison import difference
from bench.models.prepared import shop_name
from recsys.dataset.training_inputs import Inputs
from recsys.models import choice
from recsys.ranking.metrics import METRICS

HEAD = """\
# What a memory is worth

Made by `python -m bench.models.lately`; what is measured and how is said at its top.
"""


class Run(NamedTuple):
    """METRICS of each test user as served, (users, metrics) float64, and the memory taken."""

    values: np.ndarray
    memory: float


@contextmanager
def none_remembered(none: bool) -> Iterator[None]:
    """The search without weights that have a memory, if so."""
    grid = choice.GRID
    if none:
        choice.GRID = tuple(one for one in grid if not one.memory)  # type: ignore[misc] # put back
    try:
        yield
    finally:
        choice.GRID = grid  # type: ignore[misc] # as it was


def run(
    name: str, inputs: Inputs, test: csr_matrix, params: Path, seed: int, none: bool
) -> Run:
    """Train one model, and measure."""
    with tempfile.TemporaryDirectory() as scratch, none_remembered(none):
        model = trained(name, inputs, params, seed, Path(scratch))
    values = measured(model.factors, model.notes, inputs, test)
    return Run(values, (model.notes.served or {}).get("memory", 0.0))


def shop_lines(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of the table of one shop."""
    with shop_of(folder, params) as (inputs, test):
        for name in ("als", "bpr"):
            found = {
                none: [run(name, inputs, test, params, seed, none) for seed in seeds]
                for none in (False, True)
            }
            means = {
                none: np.mean([one.values for one in runs], axis=0)
                for none, runs in found.items()
            }
            taken = ", ".join(f"{one.memory:g}" for one in found[False])
            for at, metric in enumerate(METRICS):
                ours, theirs = means[False][:, at], means[True][:, at]
                label = f"{shop_name(folder)} | {name} | {metric}"
                yield (
                    f"| {label} | {ours.mean():.4f} | {theirs.mean():.4f} "
                    f"| {difference(ours, theirs)} | {taken} |"
                )


def report(
    folders: Sequence[Path], params: Path, seeds: Sequence[int]
) -> Iterator[str]:
    """The table as Markdown lines."""
    yield HEAD
    yield "| shop | model | metric | as shipped | without | gain [95 %] | memory of each seed |"
    yield "|---" * 7 + "|"
    for folder in folders:
        yield from shop_lines(folder, params, seeds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.over_shops_and_seeds(__doc__, report, FIRST_SEED, SEEDS, arguments)


if __name__ == "__main__":
    main()
