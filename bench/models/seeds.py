"""How much of the second model is the luck of its seed, today and as BPR was fitted at first.

usage   python -m bench.models.seeds DIR ... [--seeds N] [--out FILE]
reads   DIR             a shop, as bench/models/blends.py takes it; or `ml-100k`: MovieLens 100K
        params.yaml     sections merge, process, embed, train_bpr
writes  FILE            the table below as Markdown; without one, to the terminal

Trained as the stage train_bpr does it, once for each of N seeds: `shipped` by params.yaml, `pairs`
the same with loss bpr, `first` with loss bpr and the settings that BPR had before (FIRST). All
choices are made on the validation fold; the test fold is read once a seed. Metrics are means over
the test users, by the factors alone and as served; `sd` is the standard deviation over the seeds,
its ratio to that of `first` comes last.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models.blends import measured, shop_of
from bench.models.comparison import per_user
from bench.models.prepared import shop_name
from recsys.bpr import model as bpr
from recsys.bpr.params import EarlyStopping, Params
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.program.params import load
from recsys.ranking.metrics import METRICS

SEEDS, FIRST_SEED = 10, 42
FIRST: Mapping[str, Any] = {
    "loss": "bpr",
    "learning_rate": 0.0638,
    "regularization": 0.0498,
    "epochs": 400,
    "decay_share": 0.0,
    "early_stopping": EarlyStopping(check_every=5, patience=20, min_delta=0.001),
    "search": "off",
}
TRAININGS: Mapping[str, Mapping[str, Any]] = {
    "first": FIRST,
    "pairs": {"loss": "bpr"},
    "shipped": {},
}
HEAD = """\
# The luck of a seed

Made by `python -m bench.models.seeds`; what is measured and how is said at its top.
"""


class Run(NamedTuple):
    """METRICS of a training, means over the test users."""

    by_factors: np.ndarray
    served: np.ndarray


def run(inputs: Inputs, test: csr_matrix, params: Params) -> Run:
    """Train as the stage does, and measure."""
    with tempfile.TemporaryDirectory() as folder:
        kept = TrainingCheckpoints(Path(folder), [], 1_000_000, 1e9)
        model = bpr.train(inputs, params, None, kept)
    plain = per_user(model.factors.score, inputs.known.seen, test)
    served = measured(model.factors, model.notes, inputs, test)
    return Run(plain.mean(axis=0), served.mean(axis=0))


def shop_lines(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of the table of one shop."""
    section = load(Params, "train_bpr", params)
    before: dict[str, np.ndarray] = {}
    with shop_of(folder, params) as (inputs, test):
        for name, more in TRAININGS.items():
            settings = section.model_copy(update=dict(more))
            runs = [
                run(inputs, test, settings.model_copy(update={"seed": seed}))
                for seed in seeds
            ]
            for what in Run._fields:
                values = np.array([getattr(one, what) for one in runs])
                spread = values.std(axis=0, ddof=1)
                before.setdefault(what, spread)
                cells = "".join(
                    f" {of.mean():.4f} | {of.min():.4f} to {of.max():.4f} | {sd:.4f} "
                    f"| {sd / first:.2f} |"
                    for of, sd, first in zip(
                        values.T, spread, before[what], strict=True
                    )
                )
                yield f"| {shop_name(folder)} | {name} | {what} |{cells}"


def report(
    folders: Sequence[Path], params: Path, seeds: Sequence[int]
) -> Iterator[str]:
    """All tables as Markdown lines."""
    yield HEAD
    yield f"{len(seeds)} seeds, from {seeds[0]} on."
    yield ""
    of_metrics = "".join(f" {name} | seeds | sd | of first |" for name in METRICS)
    yield f"| shop | training | what |{of_metrics}"
    yield "|---" * (3 + 4 * len(METRICS)) + "|"
    for folder in folders:
        yield from shop_lines(folder, params, seeds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.over_shops_and_seeds(__doc__, report, FIRST_SEED, SEEDS, arguments)


if __name__ == "__main__":
    main()
