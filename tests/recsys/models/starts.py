"""What the tests of warm starts share: a small model, its texts, and how it is saved."""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.models import factors, model_folder, warm_start
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import Notes
from recsys.models.pairwise_fold import Pairwise

KEY = "train_als.warm_start"
SPLIT = {"split.json": "a" * 64}  # the hash of what the data was split by
SQUARES = LeastSquares(5.0, 0.1, 0.0, 1.0)
PAIRS = Pairwise(0.1, 0.01, 20)
USERS, ITEMS = ["7", "007", "NA"], ["p1", "p2", "đ", "p4", "p5"]


def model(rule: FoldIn | None = SQUARES, shift: float = 0) -> factors.Factors:
    rng = np.random.default_rng(0)
    users, items = (
        rng.normal(size=(len(ids), 3)).astype(np.float32) for ids in (USERS, ITEMS)
    )
    return factors.Factors(USERS, ITEMS, users + np.float32(shift), items, rule)


def vectors(items: int) -> np.ndarray:
    """The texts of the five old items tell their factors; those of new ones are like that of p1."""
    found = np.zeros((items, 4), np.float32)
    found[: len(ITEMS), :3], found[len(ITEMS) :, :3] = (
        model().item_factors,
        model().item_factors[0],
    )
    return found


def matrix(shape: tuple[int, int], *cells: tuple[int, int]) -> csr_matrix:
    rows, columns = zip(*cells, strict=True) if cells else ((), ())
    return csr_matrix((np.ones(len(cells), np.float32), (rows, columns)), shape=shape)


def aligned(
    ids: Ids,
    *liked: tuple[int, int],
    one: factors.Factors | None = None,
    texts: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    shape = len(ids.users), len(ids.items)
    texts = np.zeros((shape[1], 4), np.float32) if texts is None else texts
    return warm_start.aligned(
        one or model(), ids, 3, matrix(shape, *liked), matrix(shape), texts, KEY
    )


def save(folder: Path, kind: str = "als", shift: float = 0, **notes: object) -> str:
    return model_folder.save(
        model(shift=shift), [], kind, {}, SPLIT, folder, Notes.model_validate(notes)
    )
