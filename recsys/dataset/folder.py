"""The folder data/processed: its tables and matrices are written and read here.

process writes them, what learns and what evaluates reads them; stages/process.py lists the columns.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.ages import ages_of
from recsys.dataset.events import CodedEvents
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import from_cells
from recsys.dataset.split import (
    PARTS,
    TEST,
    TRAIN,
    Split,
    SplitParams,
    latest_positives,
)
from recsys.files.arrays import read_arrays, write_arrays
from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.files.tables import read_table, write_table
from recsys.program.errors import DataError

USERS, ITEMS = "users.parquet", "items.parquet"
EVENTS, REPLACED = "interactions.parquet", "replaced.parquet"
VALIDATION, TEST_PAIRS = "validation.parquet", "test.parquet"
DATA_STATS = "data_stats.json"
SPLIT = "split.json"
CONFIDENCE, BINARY, DISLIKES, AGES = (
    "X_train_confidence",
    "X_train_binary",
    "X_hard_negatives",
    "X_train_ages",
)


@dataclass(frozen=True)
class Ids:
    """External ids by index."""

    users: list[str]
    items: list[str]


@dataclass(frozen=True)
class Dataset:
    """Events, split, with all that is said of them: what the folder is written from."""

    coded: CodedEvents
    split: Split
    threshold: float  # the rating from which on an event is a positive

    @property
    def user_index(self) -> np.ndarray:
        """The user_index of each user code, (users,) int64; -1 for a user who is not trainable."""
        trainable = self.split.trainable
        return np.where(trainable, np.cumsum(trainable) - 1, -1)

    @property
    def quality(self) -> np.ndarray:
        """Comment quality of each event, (events,) float32."""
        quality: np.ndarray = self.coded.rows["comment_quality"].to_numpy()
        return quality

    @property
    def confidence(self) -> np.ndarray:
        """Rating + comment quality of each event, (events,) float32."""
        confidence: np.ndarray = (
            self.coded.events.rating.astype(np.float32) + self.quality
        )
        return confidence


# ---- written ----
def write_folder(out: Path, dataset: Dataset, catalogue: pl.Series) -> None:
    """Write the matrices, the id maps, the events, those that they replace, and the pairs of both
    folds; `catalogue` are the product ids that the shop sells.
    """
    index = dataset.user_index
    write_matrices(out, dataset, index)
    write_id_maps(out, dataset, index, catalogue)
    events = events_table(dataset, index)
    write_table(events, out / EVENTS)
    write_table(dataset.coded.replaced, out / REPLACED)
    split, threshold = dataset.split, dataset.threshold
    validation = latest_positives(dataset.coded.events, split.part == TRAIN, threshold)
    write_pairs(events[np.flatnonzero(split.part == TEST)], out / TEST_PAIRS)
    write_pairs(events[np.sort(validation)], out / VALIDATION)


def write_matrices(out: Path, dataset: Dataset, index: np.ndarray) -> None:
    """The matrices of the training events; `index` (users,) is the user_index of a code."""
    events = dataset.coded.events
    shape = (int(dataset.split.trainable.sum()), len(dataset.coded.item_ids))
    train, positive = dataset.split.part == TRAIN, events.rating >= dataset.threshold
    ones, liked = np.ones(len(events), dtype=np.float32), train & positive
    ages = np.zeros(len(events), dtype=np.float32)
    ages[liked] = ages_of(events.user[liked], events.time[liked])
    for name, rows, value in (
        (CONFIDENCE, liked, dataset.confidence),
        (BINARY, liked, ones),
        (DISLIKES, train & ~positive, ones),
        (AGES, liked, ages),
    ):
        matrix = from_cells(
            index[events.user[rows]], events.item[rows], value[rows], shape
        )
        write_matrix(matrix, out / f"{name}.npz")


def write_matrix(matrix: csr_matrix, path: Path) -> None:
    """Write a csr with the keys of scipy.sparse.save_npz, so that load_npz reads it."""
    write_arrays(
        path,
        indices=matrix.indices,
        indptr=matrix.indptr,
        data=matrix.data,
        format=np.array(b"csr"),
        shape=np.array(matrix.shape),
    )


def write_id_maps(
    out: Path, dataset: Dataset, index: np.ndarray, catalogue: pl.Series
) -> None:
    """users.parquet of the trainable users and items.parquet of all items, with the number of
    training interactions of each.
    """
    coded, train = dataset.coded, dataset.split.part == TRAIN
    trainable = np.flatnonzero(index >= 0)
    per_user = np.bincount(coded.events.user[train], minlength=len(index))
    per_item = np.bincount(coded.events.item[train], minlength=len(coded.item_ids))
    users = {
        "user_index": np.arange(len(trainable)),
        "user_id": coded.user_ids[trainable],
        "train_interactions": per_user[trainable],
    }
    items = {
        "item_index": np.arange(len(coded.item_ids)),
        "product_id": coded.item_ids,
        "train_interactions": per_item,
        "in_catalogue": coded.item_ids.is_in(catalogue.implode()),
    }
    write_table(pl.DataFrame(users), out / USERS)
    write_table(pl.DataFrame(items), out / ITEMS)


def events_table(dataset: Dataset, index: np.ndarray) -> pl.DataFrame:
    """interactions.parquet: a row for each event; `index` (users,) is the user_index of a code."""
    coded, events = dataset.coded, dataset.coded.events
    columns = {
        "user_id": coded.user_ids[events.user],
        "product_id": coded.item_ids[events.item],
        "user_index": index[events.user].astype(np.int32),
        "item_index": events.item.astype(np.int32),
        "rating": events.rating,
        "comment_quality": dataset.quality,
        "confidence": dataset.confidence,
        "timestamp": coded.rows["timestamp"],
        "part": pl.Series(PARTS, dtype=pl.Enum(PARTS))[dataset.split.part],
    }
    return pl.DataFrame(columns)


def write_pairs(events: pl.DataFrame, path: Path) -> None:
    """test.parquet or validation.parquet: the indices and ids of these events."""
    write_table(
        events.select("user_index", "item_index", "user_id", "product_id"), path
    )


def write_split(out: Path, params: SplitParams) -> None:
    """split.json: by which params the data was split."""
    names = SplitParams.model_fields
    write_json(out / SPLIT, {name: getattr(params, name) for name in names})


# ---- read ----
def read_ids(processed: Path) -> Ids:
    """The id maps: row `i` of a matrix is `users[i]`, column `j` is `items[j]`."""
    users = read_table(processed / USERS, ["user_id"])
    items = read_table(processed / ITEMS, ["product_id"])
    return Ids(users["user_id"].to_list(), items["product_id"].to_list())


def read_interactions(processed: Path, ids: Ids) -> Interactions:
    """The matrices. DataError names the one that is missing or torn, or of other positives."""
    found = Interactions(
        confidence=read_matrix(processed, CONFIDENCE, ids),
        binary=read_matrix(processed, BINARY, ids),
        dislikes=read_matrix(processed, DISLIKES, ids),
        ages=read_matrix(processed, AGES, ids),
    )
    if (found.aged.data < 1).any() or not _are_of_one_pattern(found.aged, found.binary):
        raise DataError(
            f"{processed / AGES}.npz: no ages of the positives in {BINARY}.npz; delete it and run "
            f"`dvc repro process`"
        )
    return found


def _are_of_one_pattern(one: csr_matrix, other: csr_matrix) -> bool:
    """Whether entries of both stand in the same cells."""
    return np.array_equal(one.indptr, other.indptr) and np.array_equal(
        one.indices, other.indices
    )


def read_matrix(processed: Path, name: str, ids: Ids) -> csr_matrix:
    """csr (users, items) float32. DataError if it is missing, torn, or does not fit the id maps."""
    path = processed / f"{name}.npz"
    matrix = _csr_of(path, read_arrays(path, "a sparse matrix", "process"))
    data = matrix.data
    if not (data.dtype == np.float32 and np.isfinite(data).all() and (data >= 0).all()):
        raise DataError(
            f"{path}: values that are no numbers of at least 0; delete it and run "
            f"`dvc repro process`"
        )
    if matrix.shape != (len(ids.users), len(ids.items)):
        raise DataError(
            f"{path}: shape {matrix.shape}, but there are {len(ids.users)} users and "
            f"{len(ids.items)} items; run `dvc repro process`"
        )
    return matrix


def _csr_of(path: Path, arrays: dict[str, np.ndarray]) -> csr_matrix:
    try:
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        matrix = csr_matrix(parts, shape=tuple(arrays["shape"]))
        matrix.check_format(full_check=True)
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: not a sparse matrix ({error}); delete it and run `dvc repro process`"
        ) from None
    return matrix


def read_pairs(path: Path, shape: tuple[int, int]) -> csr_matrix:
    """csr (users, items) float32 with a 1 at each user_index and item_index of the table."""
    table = read_table(path, ["user_index", "item_index"])
    whole_numbers = all(kind.is_integer() for kind in table.dtypes)
    if not whole_numbers or sum(table.null_count().row(0)):
        raise DataError(
            f"{path}: an index that is no whole number; delete it and run `dvc repro process`"
        )
    table = table.unique()
    user, item = table["user_index"].to_numpy(), table["item_index"].to_numpy()
    outside = (user < 0) | (user >= shape[0]) | (item < 0) | (item >= shape[1])
    if outside.any():
        raise DataError(
            f"{path}: an index outside of {shape[0]} users and {shape[1]} items; "
            f"run `dvc repro process`"
        )
    return csr_matrix(
        (np.ones(len(table), dtype=np.float32), (user, item)), shape=shape
    )


def read_split(processed: Path) -> dict[str, Any]:
    """By which params the data was split. DataError if it does not say."""
    found: dict[str, Any] = read_json(processed / SPLIT)
    return found


def hashes(processed: Path, names: tuple[str, ...]) -> dict[str, str]:
    """sha256 by file name: the lineage of what was made of these files."""
    return {name: sha256_of(processed / name) for name in names}
