"""What process wrote, as the stages after it need it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset import split
from recsys.dataset.events import (
    Shop,
)
from recsys.dataset.interactions import Interactions
from recsys.files.arrays import read_arrays, write_arrays
from recsys.files.atomic import sha256_of
from recsys.files.tables import read_table, write_table
from recsys.program.errors import DataError

PARTS = ("train", "test", "unused")


@dataclass(frozen=True)
class Ids:
    """External ids by index."""

    users: list[str]
    items: list[str]


def read_ids(processed: Path) -> Ids:
    """The id maps: row `i` of a matrix is `users[i]`, column `j` is `items[j]`."""
    return Ids(
        read_table(processed / "users.parquet", ["user_id"])["user_id"].to_list(),
        read_table(processed / "items.parquet", ["product_id"])["product_id"].to_list(),
    )


def read_matrix(processed: Path, name: str, ids: Ids) -> csr_matrix:
    """csr (users, items) float32. DataError if it is missing, torn, or does not fit the id maps."""
    path = processed / f"{name}.npz"
    arrays = read_arrays(path, "a sparse matrix", "process")
    try:
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        matrix = csr_matrix(parts, shape=tuple(arrays["shape"]))
        matrix.check_format(full_check=True)
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: not a sparse matrix ({error}); delete it and run `dvc repro process`"
        ) from None
    if not (
        matrix.data.dtype == np.float32
        and np.isfinite(matrix.data).all()
        and (matrix.data >= 0).all()
    ):
        raise DataError(
            f"{path}: values that are no numbers of at least 0; delete it and run `dvc repro process`"
        )
    if matrix.shape != (len(ids.users), len(ids.items)):
        raise DataError(
            f"{path}: shape {matrix.shape}, but there are {len(ids.users)} users and {len(ids.items)} items; "
            f"run `dvc repro process`"
        )
    return matrix


def hashes(processed: Path, names: tuple[str, ...]) -> dict[str, str]:
    """sha256 by file name: what a model was made of."""
    return {name: sha256_of(processed / name) for name in names}


def read_interactions(processed: Path, ids: Ids) -> Interactions:
    """The three matrices that process wrote. DataError names the one that is missing or torn."""
    names = ("X_train_confidence", "X_train_binary", "X_hard_negatives")
    return Interactions(*(read_matrix(processed, name, ids) for name in names))


def read_pairs(path: Path, shape: tuple[int, int]) -> csr_matrix:
    """csr (users, items) float32 with a 1 at each user_index and item_index of the table."""
    table = read_table(path, ["user_index", "item_index"])
    if not all(kind.is_integer() for kind in table.dtypes) or sum(table.null_count().row(0)):
        raise DataError(
            f"{path}: an index that is no whole number; delete it and run `dvc repro process`"
        )
    table = table.unique()
    user, item = table["user_index"].to_numpy(), table["item_index"].to_numpy()
    if ((user < 0) | (user >= shape[0]) | (item < 0) | (item >= shape[1])).any():
        raise DataError(
            f"{path}: an index outside of {shape[0]} users and {shape[1]} items; run `dvc repro process`"
        )
    return csr_matrix((np.ones(len(table), dtype=np.float32), (user, item)), shape=shape)


def matrix(
    user: np.ndarray, item: np.ndarray, value: np.ndarray, shape: tuple[int, int]
) -> csr_matrix:
    """csr (users, items) float32 of the events given, columns sorted in each row."""
    made = csr_matrix(
        (value.astype(np.float32), (user.astype(np.int32), item.astype(np.int32))), shape=shape
    )
    made.sort_indices()
    return made


def write_matrices(
    out: Path,
    index: np.ndarray,
    shop: Shop,
    part: np.ndarray,
    confidence: np.ndarray,
    threshold: float,
) -> None:
    """The three matrices, of the training events only; `index` (users,) is the user_index of a user
    code.
    """
    shape = (int((index >= 0).sum()), len(shop.item_ids))
    train, positive = part == split.TRAIN, shop.events.rating >= threshold
    for name, rows, value in (
        ("X_train_confidence", train & positive, confidence),
        ("X_train_binary", train & positive, np.ones(len(part), dtype=np.float32)),
        ("X_hard_negatives", train & ~positive, np.ones(len(part), dtype=np.float32)),
    ):
        made = matrix(index[shop.events.user[rows]], shop.events.item[rows], value[rows], shape)
        parts = {"indices": made.indices, "indptr": made.indptr, "data": made.data}
        # the keys of scipy.sparse.save_npz, so that load_npz reads it
        write_arrays(
            out / f"{name}.npz", **parts, format=np.array(b"csr"), shape=np.array(made.shape)
        )


def write_id_maps(
    out: Path, index: np.ndarray, shop: Shop, train: np.ndarray, catalogue: pl.Series
) -> None:
    """users.parquet and items.parquet; `train` (events,) bool are the training events."""
    trainable = np.flatnonzero(index >= 0)
    counts = np.bincount(shop.events.user[train], minlength=len(index))[trainable]
    users = {
        "user_index": np.arange(len(trainable)),
        "user_id": shop.user_ids[trainable],
        "train_interactions": counts,
    }
    write_table(pl.DataFrame(users), out / "users.parquet")
    items = {
        "item_index": np.arange(len(shop.item_ids)),
        "product_id": shop.item_ids,
        "train_interactions": np.bincount(shop.events.item[train], minlength=len(shop.item_ids)),
        "in_catalogue": shop.item_ids.is_in(catalogue.implode()),
    }
    write_table(pl.DataFrame(items), out / "items.parquet")


def write_events(
    out: Path,
    index: np.ndarray,
    shop: Shop,
    part: np.ndarray,
    quality: np.ndarray,
    confidence: np.ndarray,
    threshold: float,
) -> None:
    """interactions.parquet, and of it test.parquet and validation.parquet."""
    columns = {
        "user_id": shop.user_ids[shop.events.user],
        "product_id": shop.item_ids[shop.events.item],
        "user_index": index[shop.events.user].astype(np.int32),
        "item_index": shop.events.item.astype(np.int32),
        "rating": shop.events.rating,
        "comment_quality": quality,
        "confidence": confidence,
        "timestamp": shop.rows["timestamp"],
        "part": pl.Series(PARTS, dtype=pl.Enum(PARTS))[part],
    }
    events = pl.DataFrame(columns)
    write_table(events, out / "interactions.parquet")
    validation = np.sort(split.latest_positives(shop.events, part == split.TRAIN, threshold))
    for name, rows in (("test", np.flatnonzero(part == split.TEST)), ("validation", validation)):
        write_table(
            events[rows].select("user_index", "item_index", "user_id", "product_id"),
            out / f"{name}.parquet",
        )
