"""Item embeddings in the order of the item index, with the id of the space that they live in.

The file's format stands in recsys/files/vectors_by_id.py.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.files.vectors_by_id import VectorsById, read_vectors
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
                f"{who}: made with embeddings of {space}, and they are now of {self.space}; "
                f"run `dvc repro`"
            )


def load_embeddings(path: Path, item_ids: list[str]) -> Embeddings:
    """Vectors in the order of `item_ids`; an item without a text, or that is not there, has zeros.

    DataError if the file is missing, torn, does not say its encoder, or has vectors that are not
    finite.
    """
    content = read_vectors(path)
    return Embeddings(in_order_of(item_ids, content), content.encoder)


def in_order_of(item_ids: list[str], content: VectorsById) -> np.ndarray:
    """The vectors of the items, (items, dimension) float32; zeros for an item that is not there."""
    row = {item: index for index, item in enumerate(content.ids)}
    known = [index for index, item in enumerate(item_ids) if item in row]
    source = [row[item_ids[index]] for index in known]
    vectors = np.zeros((len(item_ids), content.vectors.shape[1]), dtype=np.float32)
    vectors[known] = content.vectors[source]
    return vectors
