"""What the setting of ALS for shops whose texts tell much is worth, as served.

usage   python -m bench.models.texts DIR ... [--seeds N] [--out FILE]
reads   DIR             a shop, as bench/models/blends.py takes it
        params.yaml     sections merge, process, embed, train_als
writes  FILE            the table below as Markdown; without one, to the terminal

ALS is trained as its stage does it, once for each of N seeds, with the preset `texts`
(recsys/als/presets.py) in its search and without. All choices are made on the validation fold; the
test fold is read once a training. Metrics are means over seeds and test users, the gain has a 95 %
interval by a paired bootstrap over users.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models.blends import measured, shop_of, trained
from bench.models.comparison import difference
from bench.models.prepared import shop_name
from recsys.als import presets
from recsys.dataset.training_inputs import Inputs
from recsys.ranking.metrics import METRICS

SEEDS, FIRST_SEED = 3, 42
PRESET = "texts"
HEAD = """\
# What the setting for texts is worth

Made by `python -m bench.models.texts`; what is measured and how is said at its top.
"""


class Run(NamedTuple):
    """METRICS of each test user as served, (users, metrics) float64, and the setting taken."""

    values: np.ndarray
    taken: str


@contextmanager
def without_it(without: bool) -> Iterator[None]:
    """The search without the preset, if so."""
    every = dict(presets.PRESETS)
    if without:
        del presets.PRESETS[PRESET]
    try:
        yield
    finally:
        presets.PRESETS.clear()
        presets.PRESETS.update(every)


def run(
    inputs: Inputs, test: csr_matrix, params: Path, seed: int, without: bool
) -> Run:
    """Train ALS, and measure."""
    with tempfile.TemporaryDirectory() as scratch, without_it(without):
        model = trained("als", inputs, params, seed, Path(scratch))
    search = model.notes.search
    taken = search.taken if search else "params.yaml"
    return Run(measured(model.factors, model.notes, inputs, test), taken)


def shop_lines(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of the table of one shop."""
    with shop_of(folder, params) as (inputs, test):
        found = {
            without: [run(inputs, test, params, seed, without) for seed in seeds]
            for without in (False, True)
        }
    means = {
        without: np.mean([one.values for one in runs], axis=0)
        for without, runs in found.items()
    }
    taken = ", ".join(one.taken for one in found[False])
    for at, metric in enumerate(METRICS):
        ours, theirs = means[False][:, at], means[True][:, at]
        yield (
            f"| {shop_name(folder)} | {metric} | {ours.mean():.4f} | {theirs.mean():.4f} "
            f"| {difference(ours, theirs)} | {taken} |"
        )


def report(
    folders: Sequence[Path], params: Path, seeds: Sequence[int]
) -> Iterator[str]:
    """The table as Markdown lines."""
    yield HEAD
    yield "| shop | metric | as shipped | without | gain [95 %] | taken by each seed |"
    yield "|---" * 6 + "|"
    for folder in folders:
        yield from shop_lines(folder, params, seeds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.over_shops_and_seeds(__doc__, report, FIRST_SEED, SEEDS, arguments)


if __name__ == "__main__":
    main()
