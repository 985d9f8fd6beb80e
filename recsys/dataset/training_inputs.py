"""What both models are trained of: interactions, the positives to choose by, embeddings, ids, and
the hashes of all.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset import folder
from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.folder import read_interactions, read_pairs
from recsys.dataset.interactions import Interactions
from recsys.files.atomic import sha256_of

FILES = (
    "X_train_confidence.npz",
    "X_train_binary.npz",
    "X_hard_negatives.npz",
    "validation.parquet",
    "users.parquet",
    "items.parquet",
)


@dataclass(frozen=True)
class Inputs:
    """Training interactions with everything that a fit may look at; never the test."""

    ids: folder.Ids
    known: Interactions
    held_out: csr_matrix  # the positives of `known` that settings are chosen by, (users, items)
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    space: str  # the encoder and dimension of these
    hashes: dict[str, str]  # sha256 by file name, for lineage

    def fold(self) -> Interactions:
        """The interactions without the held-out positives."""
        return self.known.without(self.held_out)


def read_inputs(data: Path, embeddings: Path) -> Inputs:
    """What process and embed wrote. DataError names the file that is missing, torn or does not fit."""
    ids = folder.read_ids(data)
    known, embedded = read_interactions(data, ids), load_embeddings(embeddings, ids.items)
    return Inputs(
        ids,
        known,
        read_pairs(data / "validation.parquet", known.binary.shape),
        embedded.vectors,
        embedded.space,
        {**folder.hashes(data, FILES), embeddings.name: sha256_of(embeddings)},
    )
