"""All that a model is trained of, never the test: interactions, the positives to choose by,
embeddings, ids, and the hashes of all.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset import folder
from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.interactions import Interactions
from recsys.files.atomic import sha256_of

log = logging.getLogger(__name__)

SEARCHED = 200_000  # at most so many users are what settings are chosen by,
ENOUGH = 50_000  # and no more than these where they have POSITIVES together
POSITIVES = 500_000
FILES = (
    f"{folder.CONFIDENCE}.npz",
    f"{folder.BINARY}.npz",
    f"{folder.DISLIKES}.npz",
    f"{folder.AGES}.npz",
    folder.VALIDATION,
    folder.USERS,
    folder.ITEMS,
    folder.SPLIT,
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

    def of_some_users(self, most: int = SEARCHED) -> "Inputs":
        """The same of at most `most` users, evenly spread over all: what a large shop's settings
        are chosen by. Fewer where these would have more than POSITIVES, but ENOUGH at least. Said
        in the log where it is fewer than all.
        """
        users = len(self.ids.users)
        within = users * POSITIVES // max(self.known.binary.nnz, 1)
        most = min(most, max(within, ENOUGH))
        if users <= most:
            return self
        chosen = np.arange(most) * users // most
        log.info("settings are chosen by %d of %d users", most, users)
        return replace(
            self,
            ids=replace(self.ids, users=[self.ids.users[user] for user in chosen]),
            known=self.known.of_users(chosen),
            held_out=self.held_out[chosen],
        )


def read_inputs(data: Path, embeddings: Path) -> Inputs:
    """What process and embed wrote. DataError names the file that is missing, torn or does not
    fit.
    """
    ids = folder.read_ids(data)
    known = folder.read_interactions(data, ids)
    embedded = load_embeddings(embeddings, ids.items)
    held_out = folder.read_pairs(data / folder.VALIDATION, known.binary.shape)
    folder.read_split(data)
    hashes = folder.hashes(data, FILES)
    return Inputs(
        ids=ids,
        known=known,
        held_out=held_out,
        vectors=embedded.vectors,
        space=embedded.space,
        hashes={**hashes, embeddings.name: sha256_of(embeddings)},
    )
