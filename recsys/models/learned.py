"""Which purchases a model has learned from, by its own fit or by the models that it began at: what
is held out of these one day cannot judge it.

<folder>/learned.npz   indptr (users + 1,) int64, items (n,) int32: csr by the rows of the model

A purchase that was trained on is held out later where a customer buys or rates the same product
once more, where a newer purchase of theirs is gone, or where older data moves a cut in time. A fit
from nothing does not know it then; a fit from a warm start does.
"""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.dataset.sparse import from_cells, rows_of
from recsys.files.arrays import read_arrays, write_arrays
from recsys.models.manifest import LEARNED as FILE
from recsys.models.manifest import Manifest
from recsys.models.model_folder import SavedModel
from recsys.models.params import OFF
from recsys.program.errors import DataError


def write(folder: Path, learned: csr_matrix) -> None:
    """Write the file, whole or not at all; only the pattern of csr (users, items) counts."""
    write_arrays(
        folder / FILE,
        indptr=learned.indptr.astype(np.int64),
        items=learned.indices.astype(np.int32),
    )


def read(folder: Path, shape: tuple[int, int]) -> csr_matrix | None:
    """What `write` has written, csr (users, items) float32; None if there is no file, as of a model
    that was trained before there were such. DataError if it is torn, or of another model.
    """
    path = folder / FILE
    if not path.exists():
        return None
    arrays = read_arrays(path, "what a model has learned from", f"train_{folder.name}")
    try:
        items = arrays["items"]
        parts = np.ones(len(items), np.float32), items, arrays["indptr"]
        found = csr_matrix(parts, shape=shape)
        found.check_format(full_check=True)
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}: not what this model has learned from ({error}); run `dvc repro` to make it"
        ) from None
    return found


def is_warm(model: Manifest) -> bool:
    """Whether the model began at another one, and so has learned from more than its own data."""
    return bool(model.params.get("warm_start", OFF) != OFF)


def of(saved: SavedModel, ids: Ids) -> csr_matrix | None:
    """What the model has learned from, by the rows and columns of `ids`, csr (users, items); None
    if it does not say. DataError as of `read`.
    """
    factors = saved.factors
    found = read(saved.folder, factors.shape)
    if found is None:
        return None
    user = _places(factors.user_ids, ids.users)[rows_of(found)]
    item = _places(factors.item_ids, ids.items)[found.indices]
    known = (user >= 0) & (item >= 0)
    shape = len(ids.users), len(ids.items)
    return from_cells(user[known], item[known], found.data[known], shape)


def _places(ids: list[str], among: list[str]) -> np.ndarray:
    """The place of each id (n,) `among` others, int64; -1 where it is none of them."""
    place = {one: at for at, one in enumerate(among)}
    return np.array([place.get(one, -1) for one in ids], dtype=np.int64)
