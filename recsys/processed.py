"""What process wrote, as the stages after it need it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.arrays import read_arrays
from recsys.artifacts import sha256_of
from recsys.errors import DataError
from recsys.tables import read_table


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
        raise DataError(f"{path}: not a sparse matrix ({error}); delete it and run `dvc repro process`") from None
    if not (matrix.data.dtype == np.float32 and np.isfinite(matrix.data).all() and (matrix.data >= 0).all()):
        raise DataError(f"{path}: values that are no numbers of at least 0; delete it and run `dvc repro process`")
    if matrix.shape != (len(ids.users), len(ids.items)):
        raise DataError(
            f"{path}: shape {matrix.shape}, but there are {len(ids.users)} users and {len(ids.items)} items; "
            f"run `dvc repro process`"
        )
    return matrix


def hashes(processed: Path, names: tuple[str, ...]) -> dict[str, str]:
    """sha256 by file name: what a model was made of."""
    return {name: sha256_of(processed / name) for name in names}
