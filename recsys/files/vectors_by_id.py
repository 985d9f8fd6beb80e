"""The format of items.npz: a vector for each product id, and the id of the encoder that made them.

embed writes it, what learns from embeddings reads it (recsys/dataset/embeddings.py). It stands here
so that embed does not depend on the dataset: a change in how events are split encodes no text anew.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.files.arrays import pack_ids, read_arrays, unpack_ids, write_arrays
from recsys.program.errors import DataError


@dataclass(frozen=True)
class VectorsById:
    """Vectors in the order of `ids`, and the encoder that made them."""

    ids: list[str]
    vectors: np.ndarray  # (ids, dimension) float32, finite
    encoder: str  # its id, not empty, printable


def write_vectors(path: Path, content: VectorsById) -> None:
    """Write the file, whole or not at all."""
    write_arrays(
        path,
        product_ids=pack_ids(content.ids),
        vectors=content.vectors,
        encoder=np.frombuffer(content.encoder.encode(), dtype=np.uint8),
    )


def read_vectors(path: Path) -> VectorsById:
    """What `write_vectors` wrote. DataError if the file is missing, torn, does not say its encoder,
    or has vectors that are not finite.
    """
    arrays = read_arrays(path, "embeddings", "embed")
    if not {"product_ids", "vectors"} <= arrays.keys():
        raise DataError(f"{path}: not embeddings; delete it and run `dvc repro embed`")
    ids, vectors = _ids(path, arrays["product_ids"]), arrays["vectors"]
    _check_vectors(path, ids, vectors)
    return VectorsById(ids, vectors, _encoder(path, arrays))


def _ids(path: Path, packed: np.ndarray) -> list[str]:
    try:
        return unpack_ids(packed)
    except UnicodeDecodeError:
        raise DataError(
            f"{path}: product ids that are not UTF-8; delete it and run `dvc repro embed`"
        ) from None


def _check_vectors(path: Path, ids: list[str], vectors: np.ndarray) -> None:
    """DataError unless there is a finite float32 vector for each id."""
    fits = (
        vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == len(ids)
    )
    if fits and np.isfinite(vectors).all():
        return
    raise DataError(
        f"{path}: {len(ids)} ids and {vectors.dtype} vectors of shape {vectors.shape}, not all "
        f"finite float32; run `dvc repro embed`"
    )


def _encoder(path: Path, arrays: dict[str, np.ndarray]) -> str:
    try:
        encoder = arrays["encoder"].astype(np.uint8, casting="no").tobytes().decode()
    except (KeyError, TypeError, UnicodeDecodeError):
        raise DataError(
            f"{path}: does not say which encoder made it; run `dvc repro -f embed`"
        ) from None
    if not encoder or not encoder.isprintable():
        raise DataError(
            f"{path}: {encoder!r} is no encoder's id; run `dvc repro -f embed`"
        )
    return encoder
