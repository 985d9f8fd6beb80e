"""What a warm start saves: steps and seconds to the quality of a fit from nothing.

usage   python -m bench.models.warm [DIR ...] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; data/sample, the sample shop, is always
                        among them
        params.yaml     sections merge, process, embed, train_als, train_bpr
writes  FILE            the tables below as Markdown; without one, to the terminal

The former model knows nothing of NEW of the users, nor of the newest positive of as many others.
All interactions are then fitted from nothing, and from that model's rows by external id. Quality is
ndcg_at_10 of the factors on the test fold, for ALS also the objective; a warm start has arrived at
the first look at which its ndcg is not below that of the whole fit from nothing, less TOLERANCE of
it. Seconds of a warm start are with the placing of the rows.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from bench.models.comparison import per_user
from bench.models.prepared import SAMPLE, Prepared, prepared, shop_name
from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.model import BprFit
from recsys.bpr.params import Params as BprParams
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.models import warm_start
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn
from recsys.models.model import Trained
from recsys.models.warm_start import FactorPair
from recsys.program.params import load
from recsys.ranking.metrics import METRICS

NEW = 0.05
TOLERANCE = 0.01
SEED = 42
LOOKS = {"als": (1, 2, 3, 5, 10, 15), "bpr": (5, 10, 20, 50, 100, 200, 300, 400)}
NDCG = METRICS.index("ndcg_at_10")
HEAD = """\
# What a warm start saves

Made by `python -m bench.models.warm`; what is measured and how is said at the top of \
bench/models/warm.py.
"""

# on what, from where, steps
Fit = Callable[[Interactions, FactorPair | None, int], Trained]


@dataclass(frozen=True)
class Way:
    """How a model is fitted: by `fit`, in `steps` from nothing, to factors of this width."""

    name: str
    fit: Fit
    new_user: FoldIn
    steps: int
    width: int

    def looks(self) -> list[int]:
        """The numbers of steps after which the fit is measured."""
        return [count for count in LOOKS[self.name] if count < self.steps] + [
            self.steps
        ]


@dataclass(frozen=True)
class Look:
    """A fit after some steps."""

    steps: int
    seconds: float
    loss: float | None
    ndcg: float

    def row(self, label: str, more_seconds: float) -> str:
        """A line of Markdown."""
        loss = "" if self.loss is None else f"{self.loss:.6f}"
        seconds = self.seconds + more_seconds
        return f"| {label} | {self.steps} | {seconds:.2f} | {self.ndcg:.4f} | {loss} |"


def before(shop: Prepared) -> tuple[Interactions, np.ndarray]:
    """The interactions that the former model has seen, and its users (users,) bool."""
    known, newest = shop.inputs.known, shop.inputs.held_out
    drawn = np.random.default_rng(SEED).random(shop.test.shape[0])
    is_old = drawn >= NEW
    is_behind = is_old & (drawn < 2 * NEW)
    left = known.without(some_rows(newest, is_behind))
    kept = (
        some_rows(one, is_old) for one in (left.confidence, left.binary, left.dislikes)
    )
    return Interactions(*kept), is_old


def some_rows(matrix: csr_matrix, chosen: np.ndarray) -> csr_matrix:
    """The rows that `chosen` (rows,) bool marks; the others are empty."""
    kept = matrix.multiply(csr_matrix(chosen[:, None].astype(np.float32))).tocsr()
    kept.sort_indices()
    return kept


def former(shop: Prepared, way: Way) -> Factors:
    """The model that was trained before: only users and items of which it knew something."""
    ids = shop.inputs.ids
    left, is_old = before(shop)
    trained = way.fit(left, None, way.steps)
    users, items = np.flatnonzero(is_old), np.flatnonzero(item_counts(left.binary))
    return Factors(
        [ids.users[user] for user in users],
        [ids.items[item] for item in items],
        trained.user_factors[users],
        trained.item_factors[items],
        way.new_user,
    )


def new_positives(shop: Prepared) -> int:
    """How many positives the former model has not seen."""
    left, _ = before(shop)
    return int(shop.inputs.known.binary.nnz - left.binary.nnz)


def looks(shop: Prepared, way: Way, start: FactorPair | None) -> Iterator[Look]:
    """The fit after each number of steps; each is a fit of its own."""
    known = shop.inputs.known
    for count in way.looks():
        began = time.perf_counter()
        trained = way.fit(known, start, count)
        took = time.perf_counter() - began
        ndcg = per_user(trained.score, known.seen, shop.test)[:, NDCG].mean()
        yield Look(count, took, trained.curve[-1].get("loss"), float(ndcg))


def table(shop: Prepared, way: Way) -> list[str]:
    """Markdown lines of both ways; the warm one up to where it has arrived."""
    inputs = shop.inputs
    known = inputs.known
    way.fit(known, None, 1)  # compiled before the clock runs
    model = former(shop, way)
    began = time.perf_counter()
    start = warm_start.aligned(
        model,
        inputs.ids,
        way.width,
        known.confidence,
        known.dislikes,
        inputs.vectors,
        "warm_start",
    )
    placing = time.perf_counter() - began
    cold, warm = list(looks(shop, way, None)), list(looks(shop, way, start))
    goal = cold[-1].ndcg * (1 - TOLERANCE)
    places = (place for place, look in enumerate(warm) if look.ndcg >= goal)
    arrived = next(places, len(warm) - 1)
    return [
        f"| {way.name} | steps | seconds | ndcg_at_10 | objective |",
        "|---|---|---|---|---|",
        *(look.row("from nothing", 0.0) for look in cold),
        *(look.row("warm", placing) for look in warm[: arrived + 1]),
    ]


def als_way(shop: Prepared, params: AlsParams) -> Way:
    """How ALS is fitted."""

    def fit(known: Interactions, start: FactorPair | None, steps: int) -> Trained:
        settings = params.model_copy(
            update={"iterations": steps, "warm_iterations": steps}
        )
        begin = warm_start.Start(start) if start else None
        return AlsFit(settings, shop.inputs.vectors).fit(known, begin)

    new_user = AlsFit(params, shop.inputs.vectors).new_user()
    return Way("als", fit, new_user, params.iterations, params.factors)


def bpr_way(shop: Prepared, params: BprParams) -> Way:
    """How BPR is fitted; from nothing, for as many epochs as the validation fold says."""

    def fit(known: Interactions, start: FactorPair | None, steps: int) -> Trained:
        return bpr.fit(known.binary, known.dislikes, params, epochs=steps, start=start)

    known, held_out = shop.inputs.known, shop.inputs.held_out
    epochs = bpr.search(known.binary, known.dislikes, held_out, params).epochs
    new_user = BprFit(params, shop.inputs.vectors, epochs).new_user()
    return Way("bpr", fit, new_user, epochs, params.factors + 1)


def report(folders: Sequence[Path], params: Path) -> str:
    """All tables of all shops as Markdown."""
    als_params = load(AlsParams, "train_als", params)
    bpr_params = load(BprParams, "train_bpr", params)
    lines = [HEAD]
    for folder in folders:
        with prepared(folder, params) as shop:
            counts = f"{shop.inputs.known.binary.nnz} positives, {new_positives(shop)} of them new"
            lines += [f"## Shop `{shop_name(folder)}`", "", f"{counts}.", ""]
            for way in (als_way(shop, als_params), bpr_way(shop, bpr_params)):
                lines += [*table(shop, way), ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    command_line.write(report([SAMPLE, *given.folders], given.params), given.out)


if __name__ == "__main__":
    main()
