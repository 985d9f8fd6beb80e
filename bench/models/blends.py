"""What a blend of both models is worth beside either, and what is served of the three.

usage   python -m bench.models.blends DIR ... [--seeds N] [--out FILE]
reads   DIR             a shop, as bench/models/served.py takes it; or `ml-100k`: MovieLens 100K
        params.yaml     sections merge, process, embed, train_als, train_bpr, blend
writes  FILE            the table below as Markdown; without one, to the terminal

ALS, BPR and the blend are trained as their stages do it, once for each of N seeds. All choices are
made on the validation fold; the test fold is read once. Metrics are means over seeds and users;
differences have 95 % intervals by a paired bootstrap over users. `better one`: ALS or BPR, that
with the higher ndcg_at_10 on the validation fold. `best blend`: the best of the fold, offered or
not. `served`: the blend where it is offered, else the better one.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models import movielens
from bench.models.comparison import difference, per_user
from bench.models.prepared import shop_name
from bench.models.served import shop_in
from recsys.als import training as als
from recsys.als.params import Params as AlsParams
from recsys.blend.params import Params as BlendParams
from recsys.blend.training import Trained, judged, made
from recsys.bpr import model as bpr
from recsys.bpr.params import Params as BprParams
from recsys.dataset.folder import Ids
from recsys.dataset.training_inputs import Inputs
from recsys.models import fold_rows, model_folder
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.factors import Factors
from recsys.models.manifest import Notes
from recsys.models.model import TrainedModel
from recsys.program.params import load
from recsys.ranking import hybrid
from recsys.ranking.metrics import METRICS
from recsys.ranking.weights import Weights
from stages import process

SEEDS = 3
FIRST_SEED = 42
MOVIELENS = "ml-100k"
HEAD = """\
# What a blend of both models is worth

Made by `python -m bench.models.blends`; what is measured and how is said at the top of \
bench/models/blends.py.
"""
NAMES = ("als", "bpr", "better one", "best blend", "served")


class Run(NamedTuple):
    """A training with one seed."""

    values: dict[
        str, np.ndarray
    ]  # METRICS of each test user, (users, metrics), by NAMES
    told: str
    seconds: dict[str, float]  # of als, bpr and the blend


@contextmanager
def shop_of(folder: Path, params: Path) -> Iterator[tuple[Inputs, csr_matrix]]:
    """What the shop is trained of, and its test fold (users, items)."""
    if str(folder) != MOVIELENS:
        with shop_in(folder, params) as found:
            yield found
        return
    folds = movielens.folds(None, load(process.Params, "process", params))
    users, items = (
        [str(index) for index in range(count)] for count in folds.test.shape
    )
    vectors = np.zeros((len(items), 1), np.float32)
    known = folds.known
    yield (
        Inputs(Ids(users, items), known, folds.held_out, vectors, "none", {}),
        folds.test,
    )


def run(inputs: Inputs, test: csr_matrix, params: Path, seed: int) -> Run:
    """Train all three as the stages do, and measure."""
    seconds, values = {}, {}
    with tempfile.TemporaryDirectory() as name:
        folders = {label: Path(name) / label for label in ("als", "bpr")}
        for label, out in folders.items():
            begin = time.process_time()
            keep(inputs, trained(label, inputs, params, seed, out), label, params, out)
            seconds[label] = time.process_time() - begin
            saved = model_folder.load(out)
            values[label] = measured(saved.factors, saved.manifest.notes, inputs, test)
        begin = time.process_time()
        both = tuple(Trained.read(out, inputs) for out in folders.values())
        found = judged(inputs, (both[0], both[1]), load(BlendParams, "blend", params))
        if found is None:
            raise ValueError(f"{params}: nothing to judge a blend by (search: off)")
        blend = made((both[0], both[1]), found)
        seconds["blend"] = time.process_time() - begin
    figures, is_offered = found.figures, found.verdict.offered
    is_bpr = figures.bpr_ndcg_at_10 > figures.als_ndcg_at_10
    values["better one"] = values["bpr" if is_bpr else "als"]
    values["best blend"] = measured(blend.factors, blend.notes, inputs, test)
    values["served"] = values["best blend" if is_offered else "better one"]
    return Run(values, found.verdict.sentence(), seconds)


def trained(
    name: str, inputs: Inputs, params: Path, seed: int, scratch: Path
) -> TrainedModel:
    """ALS or BPR with this seed."""
    kept = TrainingCheckpoints(scratch, [], 1_000_000, 1e9)
    more = {"seed": seed}
    if name == "als":
        section = load(AlsParams, "train_als", params).model_copy(update=more)
        return als.train(inputs, section, None, kept)
    of_bpr = load(BprParams, "train_bpr", params).model_copy(update=more)
    return bpr.train(inputs, of_bpr, None, kept)


def keep(
    inputs: Inputs, model: TrainedModel, name: str, params: Path, out: Path
) -> None:
    """Write the model as its stage does."""
    if name == "als":
        given = load(AlsParams, "train_als", params).of_one_machine()
        section = given.model_dump()
    else:
        section = load(BprParams, "train_bpr", params).model_dump()
    model_folder.save(
        model.factors, model.curve, name, section, inputs.hashes, out, model.notes
    )
    fold_rows.write(out, model.fold)


def measured(
    factors: Factors, notes: Notes, inputs: Inputs, test: csr_matrix
) -> np.ndarray:
    """METRICS of each test user as served, (users, metrics) float64."""
    known, weights = inputs.known, Weights.model_validate(notes.served)
    served = hybrid.scorer(factors.score, known.aged, inputs.vectors, weights)
    return per_user(served, known.seen, test)


def shop_lines(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of the table of one shop."""
    with shop_of(folder, params) as (inputs, test):
        runs = [run(inputs, test, params, seed) for seed in seeds]
    name = shop_name(folder)
    means = {
        label: np.mean([one.values[label] for one in runs], axis=0) for label in NAMES
    }
    for at, metric in enumerate(METRICS):
        for label, values in means.items():
            by_seed = [one.values[label][:, at].mean() for one in runs]
            spread = f"{min(by_seed):.4f} to {max(by_seed):.4f}"
            gain = ""
            if label in ("best blend", "served"):
                gain = difference(values[:, at], means["better one"][:, at])
            mean = values[:, at].mean()
            yield f"| {name} | {metric} | {label} | {mean:.4f} | {spread} | {gain} |"
    for seed, one in zip(seeds, runs, strict=True):
        yield f"| {name} | seed {seed} | {one.told} |  |  |  |"
    times = ", ".join(
        f"{label} {np.mean([one.seconds[label] for one in runs]):.1f}"
        for label in ("als", "bpr", "blend")
    )
    yield f"| {name} | seconds of CPU | {times} |  |  |  |"


def report(
    folders: Sequence[Path], params: Path, seeds: Sequence[int]
) -> Iterator[str]:
    """All tables as Markdown lines."""
    yield HEAD
    yield "| shop | metric | what | mean | seeds | over the better one [95 %] |"
    yield "|---" * 6 + "|"
    for folder in folders:
        yield from shop_lines(folder, params, seeds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    command_line.over_shops_and_seeds(__doc__, report, FIRST_SEED, SEEDS, arguments)


if __name__ == "__main__":
    main()
