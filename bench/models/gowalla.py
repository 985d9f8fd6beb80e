"""Both models on the Gowalla split of the LightGCN paper, beside the figures that were published
for it.

usage   python -m bench.models.gowalla DIR [--out FILE] [--search]
reads   DIR/train.txt, DIR/test.txt     a line a user: his index, then the indices of his items
writes  FILE                            the table below as Markdown; without one, to the terminal

The settings were chosen on a tenth of each user's training items (`--search` shows that table),
never on the test. recall_at_20 and ndcg_at_20 are over all items that the user has not in training,
mean over users with a test item, as in the papers. Published: He et al., 2020 (LightGCN and
MF-BPR), Steck, 2019, as given by Shenbin et al. (EASE).
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recsys.als import fit as als
from recsys.als.params import Params as AlsParams
from recsys.bpr import fit as bpr
from recsys.bpr.params import EarlyStopping, HardNegativeShare
from recsys.bpr.params import Params as BprParams
from recsys.dataset.interactions import some_users
from recsys.dataset.sparse import entries_per_row, rows_of, taken_out
from recsys.files.atomic import write_text
from recsys.models.model import Trained
from recsys.program.params import load
from recsys.ranking import metrics

PARAMS = Path("params.yaml")
PUBLISHED = {"MF-BPR": (0.1627, 0.1378), "EASE": (0.1765, 0.1467), "LightGCN": (0.1820, 0.1547)}
CUTOFF = 20
SHARE, SEED = 0.1, 7
TOLD = ("epochs", "early_stopping", "iterations", "frequency_scaling")  # the same for all

JUDGES = 4000  # users by whom a setting is judged

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
    "hard_negative_share": HardNegativeShare(dislikes=0, popular=0),
    "early_stopping": EarlyStopping(check_every=50, patience=2, min_delta=0.0),
}
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
    rows = [
        np.array(line.split(), dtype=np.int64)
        for line in path.read_text(encoding="ascii").splitlines()
        if line
    ]
    user = np.concatenate([np.full(len(row) - 1, row[0]) for row in rows])
    item = np.concatenate([row[1:] for row in rows])
    shape = shape or (int(user.max()) + 1, int(item.max()) + 1)
    made = csr_matrix((np.ones(len(user), dtype=np.float32), (user, item)), shape=shape)
    made.sum_duplicates()
    made.data[:] = 1
    return made


def part_of(matrix: csr_matrix, share: float, seed: int) -> csr_matrix:
    """A share of each user's entries, at random; at least one stays with him."""
    rng = np.random.default_rng(seed)
    user = rows_of(matrix)
    order = np.lexsort((rng.random(matrix.nnz), user))
    place = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], entries_per_row(matrix))
    chosen = np.sort(order[place < np.floor(share * entries_per_row(matrix))[user]])
    return csr_matrix(
        (matrix.data[chosen], (user[chosen], matrix.indices[chosen])), shape=matrix.shape
    )


def fitted(name: str, settings: dict[str, Any], train: csr_matrix, held_out: csr_matrix) -> Trained:
    """Factors by these settings, the others as params.yaml has them. BPR finds its epochs on
    `held_out`.
    """
    nothing = csr_matrix(train.shape, dtype=np.float32)
    if name == "ALS":
        return als.fit(
            train,
            nothing,
            None,
            load(AlsParams, "train_als", PARAMS).model_copy(update=settings),
        )
    params = load(BprParams, "train_bpr", PARAMS).model_copy(update=settings)
    epochs = bpr.search(train, nothing, held_out, params).epochs
    return bpr.fit(train, nothing, params, epochs=epochs)


def fold_fit(
    name: str, settings: dict[str, Any], known: csr_matrix, train: csr_matrix, held_out: csr_matrix
) -> Trained:
    """Factors that have not seen the held-out items."""
    if name == "ALS":
        return fitted(name, settings, known, held_out)
    params = load(BprParams, "train_bpr", PARAMS).model_copy(update=settings)
    return bpr.search(train, csr_matrix(train.shape, dtype=np.float32), held_out, params).fold


def measured(model: Trained, train: csr_matrix, test: csr_matrix) -> tuple[float, float]:
    """recall and ndcg at the cutoff."""
    found, _ = metrics.evaluate(model.score, train, test, [CUTOFF])
    return float(found[f"recall_at_{CUTOFF}"].mean()), float(found[f"ndcg_at_{CUTOFF}"].mean())


def search(train: csr_matrix) -> list[str]:
    """Each setting that was tried, on a part of the training items."""
    held_out = part_of(train, SHARE, SEED)
    known = taken_out(train, held_out)
    lines = ["| model | settings | recall_at_20 | ndcg_at_20 |", "|---|---|---|---|"]
    judges = some_users(held_out, JUDGES)
    for name, tried in (("ALS", TRIED_ALS), ("BPR", TRIED_BPR)):
        for settings in tried:
            model = fold_fit(name, settings, known, train, held_out)
            says = ", ".join(f"{key} {value}" for key, value in settings.items() if key not in TOLD)
            lines.append(
                "| {} | {} | {:.4f} | {:.4f} |".format(name, says, *measured(model, known, judges))
            )
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def table(train: csr_matrix, test: csr_matrix) -> list[str]:
    """Our models and the published figures."""
    held_out = part_of(train, SHARE, SEED)
    lines = ["| model | recall_at_20 | ndcg_at_20 | seconds |", "|---|---|---|---|"]
    for name, settings in (("ALS", ALS), ("BPR", BPR)):
        start = time.perf_counter()
        model = fitted(name, settings, train, held_out)
        took = time.perf_counter() - start
        lines.append(
            "| {} | {:.4f} | {:.4f} | {:.0f} |".format(name, *measured(model, train, test), took)
        )
    return lines + [
        f"| {name}, published | {recall} | {ndcg} | |" for name, (recall, ndcg) in PUBLISHED.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--search", action="store_true", help="the settings tried on a part of the training items"
    )
    arguments = parser.parse_args()
    train = read_split(arguments.dir / "train.txt")
    lines = (
        search(train)
        if arguments.search
        else table(train, read_split(arguments.dir / "test.txt", train.shape))
    )
    text = "\n".join(
        [
            f"{train.shape[0]:,} users, {train.shape[1]:,} items, {train.nnz:,} interactions",
            "",
            *lines,
            "",
        ]
    )
    write_text(arguments.out, text) if arguments.out else print(text)


if __name__ == "__main__":
    main()
