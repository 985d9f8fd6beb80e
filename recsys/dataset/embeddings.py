"""Item embeddings as embed wrote them, in the order of the item index, with the id of the space
that they live in.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.files.arrays import read_arrays, unpack_ids
from recsys.program.errors import DataError


@dataclass(frozen=True)
class Embeddings:
    """Vectors of items, and the encoder that made them: vectors of two encoders do not compare."""

    vectors: np.ndarray  # (items, dimension) float32
    encoder: str  # its id

    @property
    def space(self) -> str:
        """The encoder and the dimension, for a manifest: `lexical-128-42 (128)`."""
        return f"{self.encoder} ({self.vectors.shape[1]})"

    def require(self, space: str, who: str) -> None:
        """DataError unless `who` (a model's folder, say) was made in this space."""
        if space != self.space:
            raise DataError(
                f"{who}: made with embeddings of {space}, and they are now of {self.space}; run `dvc repro`"
            )


def load_embeddings(path: Path, item_ids: list[str]) -> Embeddings:
    """Vectors in the order of `item_ids`; an item without a text, or that is not there, has zeros.

    DataError if the file is missing, torn, does not say its encoder, or has vectors that are not
    finite.
    """
    arrays = read_arrays(path, "embeddings", "embed")
    return Embeddings(_placed(path, arrays, item_ids), _encoder(path, arrays))


def read_embeddings(path: Path, item_ids: list[str]) -> np.ndarray:
    """The vectors alone, (items, dimension) float32 in the order of `item_ids`."""
    return _placed(path, read_arrays(path, "embeddings", "embed"), item_ids)


def _encoder(path: Path, arrays: dict[str, np.ndarray]) -> str:
    try:
        encoder = arrays["encoder"].astype(np.uint8, casting="no").tobytes().decode()
    except (KeyError, TypeError, UnicodeDecodeError):
        raise DataError(
            f"{path}: does not say which encoder made it; run `dvc repro -f embed`"
        ) from None
    if not encoder or not encoder.isprintable():
        raise DataError(f"{path}: {encoder!r} is no encoder's id; run `dvc repro -f embed`")
    return encoder


def _placed(path: Path, arrays: dict[str, np.ndarray], item_ids: list[str]) -> np.ndarray:
    if not {"product_ids", "vectors"} <= arrays.keys():
        raise DataError(f"{path}: not embeddings; delete it and run `dvc repro embed`")
    try:
        ids, vectors = unpack_ids(arrays["product_ids"]), arrays["vectors"]
    except UnicodeDecodeError:
        raise DataError(
            f"{path}: product ids that are not UTF-8; delete it and run `dvc repro embed`"
        ) from None
    if (
        vectors.dtype != np.float32
        or vectors.ndim != 2
        or len(vectors) != len(ids)
        or not np.isfinite(vectors).all()
    ):
        raise DataError(
            f"{path}: {len(ids)} ids and {vectors.dtype} vectors of shape {vectors.shape}, not all finite float32; "
            f"run `dvc repro embed`"
        )
    row = {item: at for at, item in enumerate(ids)}
    placed = np.zeros((len(item_ids), vectors.shape[1]), dtype=np.float32)
    known = [(at, row[item]) for at, item in enumerate(item_ids) if item in row]
    if known:
        to, source = zip(*known, strict=True)
        placed[list(to)] = vectors[list(source)]
    return placed
