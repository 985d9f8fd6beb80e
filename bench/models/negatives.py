"""What hard negatives are worth: BPR with dislikes and popular items among its negatives, or not.

usage   python -m bench.models.negatives DIR [--ml-100k WHEEL] [--out FILE]
reads   DIR             a folder with a shop's three CSVs
        WHEEL           recbole 1.2.1, which has MovieLens 100K in it; without one it is downloaded
                        by pip
        params.yaml     sections merge, process, embed, train_bpr (for MovieLens with the settings
                        in CHOSEN)
writes  FILE            the tables below as Markdown; without one, to the terminal

Leave-one-out on the positives as in the pipeline; metrics per user, averaged over SEEDS. Each
variant is fitted for the number of epochs that was best on its own validation fold (each user's
latest training positive) by ndcg_at_10, then on all positives, and tested once. What params.yaml
says is chosen by the validation columns. Differences are from plain BPR, with 95 % intervals by a
paired bootstrap over users.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import command_line
from bench.models import movielens
from bench.models.comparison import differences, per_user
from bench.models.movielens import Folds
from bench.models.prepared import prepared, shop_name
from recsys.bpr import kernel
from recsys.bpr.descent import Descent, Triples
from recsys.bpr.params import HardNegativeShare, Params
from recsys.dataset.interactions import Interactions
from recsys.models.model import Trained
from recsys.program.params import load
from recsys.ranking.metrics import METRICS
from stages import process

SEEDS = (42, 43, 44, 45, 46)
LOOK_EVERY = 10  # epochs
NDCG = METRICS.index("ndcg_at_10")
MOVIELENS = "MovieLens 100K"
CHOSEN = {  # by its validation fold
    MOVIELENS: {"learning_rate": 0.05, "regularization": 0.01, "epochs": 150}
}
HEAD = """\
# What hard negatives are worth

Made by `python -m bench.models.negatives`; what is measured and how is said at the top of \
bench/models/negatives.py.
"""


class Uncorrected(Descent):
    """A descent that takes hard negatives as any others: whole steps, which move biases too."""

    def triples(self, number: int) -> Triples:
        """All negatives are of one kind."""
        triples = super().triples(number)
        return triples._replace(kinds=np.full_like(triples.kinds, kernel.OTHER))


class Variant(NamedTuple):
    """Shares of hard negatives, and how the steps with them are taken."""

    name: str
    dislikes: float
    popular: float
    descent: type[Descent] = Descent


VARIANTS = (
    Variant("plain", 0.0, 0.0),
    Variant("dislikes 0.1", 0.1, 0.0),
    Variant("dislikes 0.3", 0.3, 0.0),
    Variant("popular 0.1", 0.0, 0.1),
    Variant("popular 0.3", 0.0, 0.3),
    Variant("dislikes 0.15, popular 0.15", 0.15, 0.15),
    Variant("dislikes 0.3, uncorrected", 0.3, 0.0, Uncorrected),
    Variant("popular 0.3, uncorrected", 0.0, 0.3, Uncorrected),
)


def shop_folds(folder: Path, params: Path) -> Folds:
    """A shop's CSVs."""
    with prepared(folder, params) as shop:
        return Folds(shop.inputs.known, shop.inputs.held_out, shop.test)


def best_epochs(folds: Folds, params: Params, variant: Variant) -> tuple[int, float]:
    """After how many epochs ndcg_at_10 of the validation fold is best, in the mean over SEEDS.

    The number of epochs, and that ndcg.
    """
    fold = folds.known.without(folds.held_out)
    ndcg = np.zeros((len(SEEDS), params.epochs // LOOK_EVERY))
    for row, seed in enumerate(SEEDS):
        for epoch, model in epochs_of(fold, params, seed, variant.descent):
            if epoch % LOOK_EVERY == 0:
                values = per_user(model.score, fold.seen, folds.held_out)
                ndcg[row, epoch // LOOK_EVERY - 1] = values[:, NDCG].mean()
    means = ndcg.mean(axis=0)
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
    known: Interactions, params: Params, seed: int, descent: type[Descent]
) -> Trained:
    """The model after all epochs."""
    *_, (_, model) = epochs_of(known, params, seed, descent)
    return model


def table(folds: Folds, params: Params) -> list[str]:
    """Markdown lines: METRICS of each variant on the test fold, and differences from the first."""
    heads = " | ".join(f"{name} | difference [95 %]" for name in METRICS)
    lines = [
        f"| negatives | epochs | validation ndcg_at_10 | {heads} |",
        "|---|---|---|" + "---|---|" * len(METRICS),
    ]
    plain = None
    for variant in VARIANTS:
        share = HardNegativeShare(dislikes=variant.dislikes, popular=variant.popular)
        given = params.model_copy(update={"hard_negative_share": share})
        epochs, valid = best_epochs(folds, given, variant)
        values = tested(folds, given, epochs, variant)
        plain = values if plain is None else plain
        gains = [""] * len(METRICS) if values is plain else differences(values, plain)
        means = zip(values.mean(axis=0), gains, strict=True)
        cells = " | ".join(f"{mean:.4f} | {gain}" for mean, gain in means)
        lines.append(f"| {variant.name} | {epochs} | {valid:.4f} | {cells} |")
    return lines


def tested(folds: Folds, params: Params, epochs: int, variant: Variant) -> np.ndarray:
    """METRICS of each test user (users, metrics), means over SEEDS, of fits on all positives."""
    whole = params.model_copy(update={"epochs": epochs})
    of_seeds = []
    for seed in SEEDS:
        model = fit(folds.known, whole, seed, variant.descent)
        of_seeds.append(per_user(model.score, folds.known.seen, folds.test))
    return np.asarray(np.mean(of_seeds, axis=0))


def sentence(folds: Folds, params: Params) -> str:
    """How large a data set is, and the settings of BPR on it."""
    known = folds.known
    return (
        f"{known.binary.nnz} positives, {known.dislikes.nnz} dislikes, "
        f"{folds.test.nnz} test users, {known.binary.shape[1]} items; {params.factors} factors, "
        f"learning rate {params.learning_rate:g}, regularization {params.regularization:g}; "
        f"means over {len(SEEDS)} seeds."
    )


def report(data_sets: dict[str, Folds], params: Params) -> str:
    """All tables as Markdown."""
    lines = [HEAD]
    for name, folds in data_sets.items():
        given = params.model_copy(update=CHOSEN.get(name, {}))
        lines += [
            f"## {name}",
            "",
            sentence(folds, given),
            "",
            *table(folds, given),
            "",
        ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--ml-100k", type=Path, metavar="WHEEL", help="the wheel of recbole 1.2.1"
    )
    given = parser.parse_args(arguments)
    split_params = load(process.Params, "process", given.params)
    data_sets = {
        f"Shop `{shop_name(given.folder)}`": shop_folds(given.folder, given.params),
        MOVIELENS: movielens.folds(given.ml_100k, split_params),
    }
    text = report(data_sets, load(Params, "train_bpr", given.params))
    command_line.write(text, given.out)


if __name__ == "__main__":
    main()
