"""What is served with settings fitted to the shop, beside those of params.yaml and factors alone.

usage   python -m bench.models.served DIR ... [--out FILE]
reads   DIR             a folder with a shop's three CSVs; or with its matrices as csr (users,
                        items): binary.npz, dislikes.npz, held.npz and test.npz (the two folds),
                        and, where there are any, confidence.npz and vectors.npy (items, d)
        params.yaml     sections merge, process, embed, train_als
writes  FILE            the table below as Markdown; without one, to the terminal

ALS is trained as the stage train_als does it, with `search: presets` and with `search: off`, for
each of SEEDS. All choices are made on the validation fold; the test fold is read once. Metrics are
means over seeds and users; differences have 95 % intervals by a paired bootstrap over users.
ALS is the setting and the weights that were taken, or those of params.yaml; `factors alone` is the
same model without the hybrid score.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, load_npz

from bench import command_line
from bench.models.comparison import difference, per_user
from bench.models.prepared import prepared, shop_name
from recsys.als.params import Params
from recsys.als.training import train
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.manifest import Search
from recsys.program.params import load
from recsys.ranking import hybrid
from recsys.ranking.metrics import METRICS
from recsys.ranking.weights import Weights

SEEDS = (42, 43, 44)
CONFIDENCE = np.float32(5)  # of a positive where none is given
HEAD = """\
# What is served with settings fitted to the shop

Made by `python -m bench.models.served`; what is measured and how is said at the top of \
bench/models/served.py.
"""


class Served(NamedTuple):
    """A training: METRICS of each test user, (users, metrics) float64, and how it came to them."""

    as_served: np.ndarray
    by_factors: np.ndarray
    taken: str
    seconds: float


@contextmanager
def shop_in(folder: Path, params: Path) -> Iterator[tuple[Inputs, csr_matrix]]:
    """What the shop in a folder is trained of, and its test fold (users, items)."""
    if not (folder / "binary.npz").exists():
        with prepared(folder, params) as shop:
            yield shop.inputs, shop.test
        return
    binary, dislikes, held, test = (
        load_npz(folder / f"{name}.npz").tocsr().astype(np.float32)
        for name in ("binary", "dislikes", "held", "test")
    )
    confidence, vectors = binary * CONFIDENCE, folder / "vectors.npy"
    if (folder / "confidence.npz").exists():
        confidence = load_npz(folder / "confidence.npz").astype(np.float32)
    users, items = ([str(index) for index in range(count)] for count in binary.shape)
    yield (
        Inputs(
            ids=Ids(users, items),
            known=Interactions(confidence.tocsr(), binary, dislikes),
            held_out=held,
            vectors=np.load(vectors)
            if vectors.exists()
            else np.zeros((len(items), 1), np.float32),
            space="given",
            hashes={},
        ),
        test,
    )


def trained(inputs: Inputs, test: csr_matrix, params: Params) -> Served:
    """Train as the stage does, and measure."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        kept = TrainingCheckpoints(Path(folder), [], params.iterations, 1e9)
        model = train(inputs, params, None, kept)
    seconds = time.perf_counter() - begin
    known, notes = inputs.known, model.notes
    weights = Weights.model_validate(notes.served)
    score = model.factors.score
    served = hybrid.scorer(score, known.aged, inputs.vectors, weights)
    return Served(
        per_user(served, known.seen, test),
        per_user(score, known.seen, test),
        described(notes.search, weights),
        seconds,
    )


def described(search: Search | None, weights: Weights) -> str:
    """The setting and the weights that were taken, in short."""
    name = search.taken if search else "params.yaml"
    return f"{name} {weights.content:g}/{weights.popularity:g}/{weights.neighbours:g}"


def shop_lines(folder: Path, params: Path, seeds: Sequence[int]) -> Iterator[str]:
    """The lines of the table of one shop."""
    section = load(Params, "train_als", params)
    runs: dict[str, list[Served]] = {"presets": [], "off": []}
    with shop_in(folder, params) as (inputs, test):
        for seed in seeds:
            for search, found in runs.items():
                more = {"search": search, "seed": seed}
                found.append(trained(inputs, test, section.model_copy(update=more)))
    fitted, given = runs["presets"], runs["off"]
    means = {
        "fitted": np.mean([one.as_served for one in fitted], axis=0),
        "fitted, factors alone": np.mean([one.by_factors for one in fitted], axis=0),
        "params.yaml": np.mean([one.as_served for one in given], axis=0),
        "params.yaml, factors alone": np.mean(
            [one.by_factors for one in given], axis=0
        ),
    }
    for at, metric in enumerate(METRICS):
        by_seed = [one.as_served[:, at].mean() for one in fitted]
        for name, values in means.items():
            gain, spread = "", ""
            if name == "fitted":
                spread = f"{min(by_seed):.4f} to {max(by_seed):.4f}"
            else:
                gain = difference(means["fitted"][:, at], values[:, at])
            label = f"{shop_name(folder)} | {metric} | {name}"
            yield f"| {label} | {values[:, at].mean():.4f} | {spread} | {gain} |"
    taken = ", ".join(one.taken for one in fitted)
    times = (np.mean([one.seconds for one in found]) for found in (fitted, given))
    yield f"| {shop_name(folder)} | taken (content/popularity/neighbours) | {taken} |  |  |  |"
    yield "| {} | seconds | {:.1f}, {:.1f} without search |  |  |  |".format(
        shop_name(folder), *times
    )


def report(
    folders: Sequence[Path], params: Path, seeds: Sequence[int] = SEEDS
) -> Iterator[str]:
    """All tables as Markdown lines."""
    yield HEAD
    yield "| shop | metric | ALS | mean | seeds | fitted over it [95 %] |"
    yield "|---" * 6 + "|"
    for folder in folders:
        yield from shop_lines(folder, params, seeds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    command_line.write_lines(report(given.folders, given.params), given.out)


if __name__ == "__main__":
    main()
