"""What a model learns from: matrices of one shape, and what is taken out of them to choose settings
by.

process writes each user's latest training positive (the second-latest of all under leave-one-out)
to validation.parquet: the validation fold. Whoever chooses a setting takes these positives out of
the training matrices, fits on the rest, and ranks. The test fold is for the final figures only.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import columns_kept, entries_per_row, rows_kept, taken_out

JUDGED_CELLS = 400_000_000  # users x items: 2,000 users of a shop of 200,000 products


@dataclass(frozen=True)
class Interactions:
    """What a model learns from: csr matrices (users, items) float32 of one shape."""

    confidence: csr_matrix  # rating + comment quality of the positives
    binary: csr_matrix  # 1 where there is a positive
    dislikes: csr_matrix  # 1 where there is a dislike
    # of each positive, 1 + how many of its user are later; None: nothing is known of that
    ages: csr_matrix | None = None

    @property
    def aged(self) -> csr_matrix:
        """The ages of the positives; all 1 where nothing is known of them."""
        return self.binary if self.ages is None else self.ages

    @property
    def seen(self) -> csr_matrix:
        """1 or more where a user has touched an item: it is not recommended to them again."""
        return (self.binary + self.dislikes).tocsr()

    def without(self, held_out: csr_matrix) -> "Interactions":
        """The same without these positives, csr (users, items)."""
        return replace(
            self,
            confidence=taken_out(self.confidence, held_out),
            binary=taken_out(self.binary, held_out),
            ages=None if self.ages is None else taken_out(self.ages, held_out),
        )

    def of_users(self, users: np.ndarray) -> "Interactions":
        """Those of the users with these indices (n,) only, in this order."""
        return self._each(lambda matrix: matrix[users])

    def of_items(self, items: np.ndarray) -> "Interactions":
        """Those with the items of these indices (n,) only, in this order."""
        return self._each(lambda matrix: matrix[:, items])

    def without_items(self, gone: np.ndarray) -> "Interactions":
        """The same without any interaction of the items that `gone` (items,) bool marks."""
        return self._each(lambda matrix: columns_kept(matrix, ~gone))

    def _each(self, change: Callable[[csr_matrix], csr_matrix]) -> "Interactions":
        """The same change to all matrices."""
        return Interactions(
            change(self.confidence),
            change(self.binary),
            change(self.dislikes),
            None if self.ages is None else change(self.ages),
        )


def users_of(held_out: csr_matrix) -> np.ndarray:
    """The users with an entry in csr (users, items), in index order: (n,) int64."""
    users: np.ndarray = np.flatnonzero(entries_per_row(held_out))
    return users


def some_users(held_out: csr_matrix, most: int) -> csr_matrix:
    """The rows of at most `most` users who have an entry, evenly spread over their indices; the
    others are empty.
    """
    users = users_of(held_out)
    if len(users) <= most:
        return held_out
    kept = np.zeros(held_out.shape[0], dtype=bool)
    kept[users[np.arange(most) * len(users) // most]] = True
    return rows_kept(held_out, kept)


def judges(held_out: csr_matrix, most: int) -> csr_matrix:
    """Of csr (users, items), the rows of those who judge settings: at most `most` users, and so few
    that they have at most JUDGED_CELLS scores of items.
    """
    of_cells = JUDGED_CELLS // max(1, held_out.shape[1])
    return some_users(held_out, max(1, min(most, of_cells)))


def one_positive(known: Interactions, latest: csr_matrix) -> csr_matrix:
    """Confidence (users, items) float32 of one positive a user: that of `latest`, else the first.

    `latest` is csr (users, items) with at most one entry a user.
    """
    confidence = known.confidence
    has_latest = entries_per_row(latest) > 0
    has_positive = entries_per_row(confidence) > 0
    users = np.flatnonzero(has_positive & ~has_latest)
    first_items = confidence.indices[confidence.indptr[users]]
    ones = np.ones(len(users), dtype=np.float32)
    chosen = latest + csr_matrix((ones, (users, first_items)), shape=latest.shape)
    return confidence.multiply(chosen != 0).tocsr()
