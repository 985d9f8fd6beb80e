"""What a warm start saves: steps and seconds to the quality of a fit from nothing, after new
interactions came in.

usage   python -m bench.models.warm [DIR ...] [--out FILE]
reads   DIR             a folder with a shop's three CSVs; data/raw, the sample shop, is always among them
        params.yaml     sections merge, process, embed, train_als, train_bpr
writes  FILE            the tables below as Markdown; without one, to the terminal

The former model knows nothing of NEW of the users, nor of the newest positive of as many others.
All interactions are then fitted from nothing, and from that model's rows by external id. Quality is
ndcg_at_10 of the factors on the test fold, for ALS also the objective; a warm start has arrived at
the first look at which its ndcg is not below that of the whole fit from nothing, less TOLERANCE of
it. Seconds of a warm start are with the placing of the rows.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from bench.models.prepared import prepared
from recsys.als.model import AlsFit
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.model import BprFit
from recsys.bpr.params import Params as BprParams
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.files.atomic import write_text
from recsys.models import warm_start
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn
from recsys.models.model import Trained
from recsys.program.command_line import PARAMS_FILE
from recsys.program.params import load
from recsys.ranking.metrics import metrics_of

SAMPLE = Path("data/raw")
NEW = 0.05
TOLERANCE = 0.01
SEED = 42
LOOKS = {"als": (1, 2, 3, 5, 10, 15), "bpr": (5, 10, 20, 50, 100, 200, 300, 400)}

Start = tuple[np.ndarray, np.ndarray]  # user and item factors
Fit = Callable[[Interactions, Start | None, int], Trained]


@dataclass(frozen=True)
class World:
    """Interactions, the newest positives among them, and the test fold, all (users, items)."""

    known: Interactions
    newest: csr_matrix
    test: csr_matrix
    vectors: np.ndarray
    ids: Ids


@dataclass(frozen=True)
class Look:
    """A fit after some steps."""

    steps: int
    seconds: float
    loss: float | None
    ndcg: float


def shop_world(folder: Path, params: Path, stack: ExitStack) -> World:
    shop = stack.enter_context(prepared(folder, params))
    inputs = shop.inputs
    return World(inputs.known, inputs.held_out, shop.test, inputs.vectors, inputs.ids)


def before(world: World) -> tuple[Interactions, np.ndarray]:
    """The interactions that the former model has seen, and its users (users,) bool."""
    drawn = np.random.default_rng(SEED).random(world.test.shape[0])
    old, behind = drawn >= NEW, (drawn >= NEW) & (drawn < 2 * NEW)
    left = world.known.without(some_rows(world.newest, behind))
    kept = (some_rows(one, old) for one in (left.confidence, left.binary, left.dislikes))
    return Interactions(*kept), old


def some_rows(matrix: csr_matrix, chosen: np.ndarray) -> csr_matrix:
    """The rows that `chosen` (rows,) bool marks; the others are empty."""
    made = matrix.multiply(csr_matrix(chosen[:, None].astype(np.float32))).tocsr()
    made.sort_indices()
    return made


def former(world: World, fit: Fit, rule: FoldIn, steps: int) -> Factors:
    """The model that was trained before: only users and items of which it knew something."""
    left, old = before(world)
    trained = fit(left, None, steps)
    users, items = np.flatnonzero(old), np.flatnonzero(left.binary.getnnz(axis=0) > 0)
    return Factors(
        [world.ids.users[user] for user in users],
        [world.ids.items[item] for item in items],
        trained.user_factors[users],
        trained.item_factors[items],
        rule,
    )


def new_of(world: World) -> int:
    """How many positives the former model has not seen."""
    return int(world.known.binary.nnz - before(world)[0].binary.nnz)


def looks(world: World, fit: Fit, start: Start | None, steps: Sequence[int]) -> Iterator[Look]:
    """The fit after each of these numbers of steps; each is a fit of its own."""
    for count in steps:
        began = time.perf_counter()
        trained = fit(world.known, start, count)
        took = time.perf_counter() - began
        ndcg = metrics_of(trained.score, world.known.seen, world.test)["ndcg_at_10"].mean()
        yield Look(count, took, trained.curve[-1].get("loss"), float(ndcg))


def table(world: World, name: str, fit: Fit, rule: FoldIn, whole: int, width: int) -> list[str]:
    """Markdown lines of both ways."""
    fit(world.known, None, 1)  # compiled before the clock runs
    model, known = former(world, fit, rule, whole), world.known
    began = time.perf_counter()
    start = warm_start.aligned(
        model, world.ids, width, known.confidence, known.dislikes, world.vectors, "warm_start"
    )
    remap = time.perf_counter() - began
    steps = [count for count in LOOKS[name] if count < whole] + [whole]
    cold, warm = list(looks(world, fit, None, steps)), list(looks(world, fit, start, steps))
    goal = cold[-1].ndcg * (1 - TOLERANCE)
    arrived = next((place for place, one in enumerate(warm) if one.ndcg >= goal), len(warm) - 1)
    lines = [f"| {name} | steps | seconds | ndcg_at_10 | objective |", "|---|---|---|---|---|"]
    for label, found, more in (("from nothing", cold, 0.0), ("warm", warm[: arrived + 1], remap)):
        for one in found:
            loss = "" if one.loss is None else f"{one.loss:.6f}"
            lines.append(
                f"| {label} | {one.steps} | {one.seconds + more:.2f} | {one.ndcg:.4f} | {loss} |"
            )
    return lines


def als_lines(world: World, params: AlsParams) -> list[str]:
    def fit(known: Interactions, start: Start | None, steps: int) -> Trained:
        settings = params.model_copy(update={"iterations": steps, "warm_iterations": steps})
        earlier = warm_start.Start(start) if start else None
        return AlsFit(settings, world.vectors).fit(known, earlier)

    rule = AlsFit(params, world.vectors).new_user()
    return table(world, "als", fit, rule, params.iterations, params.factors)


def bpr_lines(world: World, params: BprParams) -> list[str]:
    def fit(known: Interactions, start: Start | None, steps: int) -> Trained:
        return bpr.fit(known.binary, known.dislikes, params, epochs=steps, start=start)

    epochs = bpr.search(world.known.binary, world.known.dislikes, world.newest, params).epochs
    rule = BprFit(params, world.vectors, epochs).new_user()
    return table(world, "bpr", fit, rule, epochs, params.factors + 1)


def report(worlds: dict[str, World], als_params: AlsParams, bpr_params: BprParams) -> str:
    lines = [
        "# What a warm start saves",
        "",
        "Made by `python -m bench.models.warm`; what is measured and how is said at the top of bench/models/warm.py.",
        "",
    ]
    for name, world in worlds.items():
        lines += [
            f"## {name}",
            "",
            f"{world.known.binary.nnz} positives, {new_of(world)} of them new.",
            "",
        ]
        lines += [*als_lines(world, als_params), "", *bpr_lines(world, bpr_params), ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--params", type=Path, default=Path(PARAMS_FILE))
    given = parser.parse_args(arguments)
    als_params = load(AlsParams, "train_als", given.params)
    bpr_params = load(BprParams, "train_bpr", given.params)
    with ExitStack() as stack:
        worlds = {
            f"Shop `{'sample' if folder == SAMPLE else folder.name}`": shop_world(
                folder, given.params, stack
            )
            for folder in (SAMPLE, *given.folders)
        }
        text = report(worlds, als_params, bpr_params)
    write_text(given.out, text) if given.out else print(text)


if __name__ == "__main__":
    main()
