"""Our models on the Gowalla split of the LightGCN paper, beside the figures published for it.

usage   python -m bench.models.gowalla DIR [--search] [--out FILE]
reads   DIR/train.txt, DIR/test.txt     a line a user: the user's index, then those of the items
        params.yaml                     sections train_als, train_bpr: what the settings leave out
writes  FILE                            the table below as Markdown; without one, to the terminal

The settings were chosen on a tenth of each user's training items, at least one (`--search` shows
that table), never on the test: else nobody with fewer than ten would be looked at, and these are
most. recall_at_20 and ndcg_at_20 are over all items that the user has not in training,
mean over users with a test item, as in the papers. Published: He et al., 2020 (LightGCN and
MF-BPR), Steck, 2019, as given by Shenbin et al. (EASE).
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from bench import command_line
from recsys.als import fit as als
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.params import EarlyStopping, HardNegativeShare
from recsys.bpr.params import Params as BprParams
from recsys.dataset.sparse import entries_kept, entries_per_row, rows_of, taken_out
from recsys.models.model import Trained
from recsys.program.params import load
from recsys.program.seeds import generator
from recsys.ranking import metrics
from recsys.softmax import fit as softmax
from recsys.softmax.params import Params as SoftmaxParams

PUBLISHED = {
    "MF-BPR": (0.1627, 0.1378),
    "EASE": (0.1765, 0.1467),
    "LightGCN": (0.1820, 0.1547),
}
CUTOFF = 20
SHARE, SEED = 0.1, 7
# The same for all settings.
TOLD = ("early_stopping", "iterations", "frequency_scaling")

ALS = {
    "factors": 256,
    "regularization": 0.003,
    "frequency_scaling": 1.0,
    "iterations": 12,
    "alpha": 100.0,
}
BPR = {
    "factors": 128,
    "learning_rate": 0.1,
    "regularization": 0.003,
    "epochs": 1000,
    "decay_share": 0.0,
    "hard_negative_share": HardNegativeShare(dislikes=0, popular=0),
    "early_stopping": EarlyStopping(check_every=50, patience=2, min_delta=0.0),
}
SOFTMAX = {
    "factors": 256,
    "step": 0.4,
    "epochs": 25,
    "temperature": 0.09,
    "min_positives": 0.0,
    "max_visits": 10**12,
}
TRIED_SOFTMAX = [
    SOFTMAX | {"factors": factors, "epochs": epochs, "temperature": temperature}
    for factors, epochs, temperature in (
        (64, 10, 0.09),
        (128, 10, 0.07),
        (128, 10, 0.09),
        (128, 10, 0.12),
        (128, 25, 0.09),
        (256, 25, 0.09),
    )
]
TRIED_ALS = [
    ALS | {"factors": factors, "regularization": regularization, "alpha": alpha}
    for factors in (128, 256)
    for regularization in (0.002, 0.003, 0.005)
    for alpha in (50.0, 100.0, 200.0)
]
TRIED_BPR = [
    BPR | {"learning_rate": rate, "regularization": regularization}
    for rate, regularization in ((0.1, 0.003), (0.1, 0.001), (0.2, 0.002))
]


def read_split(path: Path, shape: tuple[int, int] | None = None) -> csr_matrix:
    """csr (users, items) float32 with a 1 at each pair of the file."""
    lines = path.read_text(encoding="ascii").splitlines()
    rows = [np.array(line.split(), dtype=np.int64) for line in lines if line]
    user = np.concatenate([np.full(len(row) - 1, row[0]) for row in rows])
    item = np.concatenate([row[1:] for row in rows])
    shape = shape or (int(user.max()) + 1, int(item.max()) + 1)
    pairs = csr_matrix(
        (np.ones(len(user), dtype=np.float32), (user, item)), shape=shape
    )
    pairs.sum_duplicates()
    pairs.data[:] = 1
    return pairs


def part_of(matrix: csr_matrix, share: float, seed: int) -> csr_matrix:
    """A share of each user's entries, at random, rounded down, but one at least of who has two."""
    rng = generator(seed)
    counts, user = entries_per_row(matrix), rows_of(matrix)
    order = np.lexsort((rng.random(matrix.nnz), user))
    place = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], counts)
    taken = np.maximum(np.floor(share * counts), counts > 1)
    chosen = order[place < taken[user]]
    return entries_kept(matrix, np.isin(np.arange(matrix.nnz), chosen))


@dataclass(frozen=True)
class Split:
    """The training items of the users, and those of them by which settings are chosen."""

    train: csr_matrix  # (users, items)
    held_out: csr_matrix  # (users, items)
    params: Path  # for what the settings leave out

    def als(self, known: csr_matrix, settings: dict[str, Any]) -> Trained:
        """ALS on `known` (users, items), without dislikes and features."""
        own = load(AlsParams, "train_als", self.params)
        nothing = csr_matrix(known.shape, dtype=np.float32)
        return als.fit(known, nothing, None, own.model_copy(update=settings))

    def softmax(self, known: csr_matrix, settings: dict[str, Any]) -> Trained:
        """Sampled softmax on `known` (users, items)."""
        own = SoftmaxParams.model_validate(settings)
        seed = load(BprParams, "train_bpr", self.params).seed
        temperature = settings["temperature"]
        return softmax.fit(known, own, temperature, seed, epochs=own.epochs)

    def search_bpr(self, settings: dict[str, Any]) -> tuple[BprParams, bpr.Searched]:
        """The number of epochs that is best on the held-out items."""
        own = load(BprParams, "train_bpr", self.params).model_copy(update=settings)
        nothing = csr_matrix(self.train.shape, dtype=np.float32)
        return own, bpr.search(self.train, nothing, self.held_out, own)

    def fitted(self, name: str, settings: dict[str, Any]) -> Trained:
        """Factors of all training items; BPR finds its epochs on the held-out ones."""
        if name == "ALS":
            return self.als(self.train, settings)
        if name == "softmax":
            return self.softmax(self.train, settings)
        own, searched = self.search_bpr(settings)
        nothing = csr_matrix(self.train.shape, dtype=np.float32)
        return bpr.fit(self.train, nothing, own, epochs=searched.epochs)

    def fitted_on_fold(self, name: str, settings: dict[str, Any]) -> Trained:
        """Factors that have not seen the held-out items."""
        known = taken_out(self.train, self.held_out)
        if name == "ALS":
            return self.als(known, settings)
        if name == "softmax":
            return self.softmax(known, settings)
        _, searched = self.search_bpr(settings)
        return searched.fold


def measured(
    model: Trained, train: csr_matrix, test: csr_matrix
) -> tuple[float, float]:
    """recall and ndcg at the cutoff, means over the users with a test item."""
    found, _ = metrics.evaluate(model.score, train, test, [CUTOFF])
    return float(found[f"recall_at_{CUTOFF}"].mean()), float(
        found[f"ndcg_at_{CUTOFF}"].mean()
    )


def search(split: Split) -> Iterator[str]:
    """Markdown lines: each setting that was tried, on a part of the training items."""
    yield "| model | settings | recall_at_20 | ndcg_at_20 |"
    yield "|---|---|---|---|"
    known = taken_out(split.train, split.held_out)
    for name, settings_tried in (
        ("ALS", TRIED_ALS),
        ("BPR", TRIED_BPR),
        ("softmax", TRIED_SOFTMAX),
    ):
        for settings in settings_tried:
            model = split.fitted_on_fold(name, settings)
            recall, ndcg = measured(model, known, split.held_out)
            own = ", ".join(
                f"{key} {value}" for key, value in settings.items() if key not in TOLD
            )
            line = f"| {name} | {own} | {recall:.4f} | {ndcg:.4f} |"
            print(line, file=sys.stderr, flush=True)
            yield line


def table(split: Split, test: csr_matrix) -> Iterator[str]:
    """Markdown lines: our models and the published figures."""
    yield "| model | recall_at_20 | ndcg_at_20 | seconds |"
    yield "|---|---|---|---|"
    for name, settings in (("ALS", ALS), ("BPR", BPR), ("softmax", SOFTMAX)):
        began = time.perf_counter()
        model = split.fitted(name, settings)
        took = time.perf_counter() - began
        recall, ndcg = measured(model, split.train, test)
        yield f"| {name} | {recall:.4f} | {ndcg:.4f} | {took:.0f} |"
    for name, (recall, ndcg) in PUBLISHED.items():
        yield f"| {name}, published | {recall} | {ndcg} | |"


def report(folder: Path, is_search: bool, params: Path) -> str:
    """The table of a split as Markdown."""
    train = read_split(folder / "train.txt")
    split = Split(train, part_of(train, SHARE, SEED), params)
    test = folder / "test.txt"
    lines = search(split) if is_search else table(split, read_split(test, train.shape))
    head = f"{train.shape[0]:,} users, {train.shape[1]:,} items, {train.nnz:,} interactions"
    return "\n".join([head, "", *lines, ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--search",
        action="store_true",
        help="the settings tried on a part of the training items",
    )
    given = parser.parse_args(arguments)
    command_line.write(report(given.folder, given.search, given.params), given.out)


if __name__ == "__main__":
    main()
