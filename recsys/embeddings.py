"""Item embeddings as embed wrote them, in the order of the item index."""

from pathlib import Path

import numpy as np

from recsys.arrays import read_arrays
from recsys.errors import DataError
from recsys.factors import unpack_ids


def read_embeddings(path: Path, item_ids: list[str]) -> np.ndarray:
    """Vectors (items, dimension) float32 in the order of `item_ids`; an item without a text has zeros.

    DataError if the file is missing, torn, or has vectors that are not finite.
    """
    arrays = read_arrays(path, "embeddings", "embed")
    if not {"product_ids", "vectors"} <= arrays.keys():
        raise DataError(f"{path}: not embeddings; delete it and run `dvc repro embed`")
    ids, vectors = unpack_ids(arrays["product_ids"]), arrays["vectors"]
    if vectors.ndim != 2 or len(vectors) != len(ids) or not np.isfinite(vectors).all():
        raise DataError(
            f"{path}: {len(ids)} ids and vectors of shape {vectors.shape}, not all finite; run `dvc repro embed`"
        )
    row = {item: at for at, item in enumerate(ids)}
    placed = np.zeros((len(item_ids), vectors.shape[1]), dtype=np.float32)
    known = [(at, row[item]) for at, item in enumerate(item_ids) if item in row]
    if known:
        to, source = zip(*known, strict=True)
        placed[list(to)] = vectors[list(source)]
    return placed
