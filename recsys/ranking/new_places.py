"""Places of a list that are kept for new items: those that nobody in training has touched.

Of every ten places the last `count` are kept. A list is filled from the front. An ordinary place
has the best item that is left. A kept one has the best new item that is left; unless its ten has
`count` of them already, or none is left: then it is an ordinary one. So a shorter list is the
beginning of a longer one, and a new item that is good enough stands where its score puts it.

Among themselves new items stand by their score as all items do. Where the score is the same for all
of them that a user may be shown (the model predicts nothing for them, content weighs nothing), they
stand by their content: the cosine with what the user likes, or, of a user who likes nothing, with
what the shop's users like. Where this says nothing either, each user has them from another one on:
never the same few products for everybody, only because they have the smallest index. Beside all
others they stand where their score puts them, whichever of them is first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.ranking import kernel
from recsys.ranking.directions import directions
from recsys.ranking.hybrid import log_popularity, z_scores
from recsys.ranking.top_k import Lister, top_k

# rows of a block (n,) -> what these users like, csr (n, items)
LikedBy = Callable[[np.ndarray], csr_matrix]


class Order(IntEnum):
    """By what new items stand in a list."""

    SCORE = 0
    CONTENT = 1
    TURNS = 2

    @property
    def words(self) -> str:
        """What is said of a new item on a kept place."""
        return WORDS[self]


WORDS = {
    Order.SCORE: "new",
    Order.CONTENT: "new, by content",
    Order.TURNS: "new, by turns",
}


class Lists(NamedTuple):
    """Lists of some users, best first."""

    items: np.ndarray  # (users, k) int32, -1 where they run out
    kept: np.ndarray  # (users, k) bool, new items on places that are kept for them
    order: np.ndarray  # (users,) uint8, the Order of the new ones


@dataclass(frozen=True)
class NewPlaces:
    """How many places of ten are kept, and for which items."""

    count: int  # 0 to MOST_NEW_PLACES
    is_new: np.ndarray  # (items,) bool
    items: np.ndarray  # the new ones, (new,) int32, rising
    vectors: np.ndarray  # (items, d) float32, the embeddings, of length 1
    usual: np.ndarray  # (d,) float32, in place of the likes of one who likes nothing

    @classmethod
    def of(
        cls,
        count: int,
        popularity: np.ndarray,
        dislikes: np.ndarray,
        vectors: np.ndarray,
    ) -> "NewPlaces":
        """By the items' popularity (items,), 0 without a training positive, the number of their
        dislikes in training (items,), and their embeddings (items, d). What was only disliked is
        not new.
        """
        is_new = (popularity == 0) & (dislikes == 0)
        usual = popularity.astype(np.float32) @ vectors
        new = np.flatnonzero(is_new).astype(np.int32)
        return cls(count, is_new, new, vectors, usual)

    def lists(self, scores: np.ndarray, k: int, liked_by: LikedBy) -> Lists:
        """The lists of k items of some users, by `scores` (users, items) float32 with -inf for what
        is not to be shown. ValueError on NaN.
        """
        best = top_k(scores, k)
        kept = np.zeros(best.shape, dtype=bool)
        order = np.zeros(len(best), dtype=np.uint8)
        if not (self.count and len(self.items)):
            return Lists(best, kept, order)
        own = np.ascontiguousarray(scores[:, self.items], dtype=np.float32)
        self._tell_apart(own, order, liked_by)
        found = top_k(own, min(k, len(self.items)))
        news = np.where(found >= 0, self.items[found], np.int32(kernel.NONE))
        items = np.empty_like(best)
        kernel.fill_places(best, news, self.is_new, self.count, items, kept)
        return Lists(items, kept, order)

    def _tell_apart(
        self, own: np.ndarray, order: np.ndarray, liked_by: LikedBy
    ) -> None:
        """Put other values into the rows of `own` (users, new) that say the same of all, in place;
        and what they are into `order`.
        """
        ways = (Order.CONTENT, self._by_content), (Order.TURNS, self._by_turns)
        for way, values_of in ways:
            tied = np.flatnonzero(_are_equal(own))
            if not len(tied):
                return
            rows, values = own[tied], values_of(liked_by(tied))
            own[tied] = np.where(rows == -np.inf, rows, values)
            order[tied] = way

    def _by_content(self, liked: csr_matrix) -> np.ndarray:
        """z of the cosine with what each user likes, (users, new) float32; user by user, so that
        the bits do not depend on who else is asked for.
        """
        profile = (liked != 0).astype(np.float32) @ self.vectors
        profile[np.diff(liked.indptr) == 0] = self.usual
        rows = directions(profile)[:, None, :]
        return z_scores(np.matmul(rows, self.vectors[self.items].T)[:, 0])

    def _by_turns(self, liked: csr_matrix) -> np.ndarray:
        """Falling from an item on that what a user likes decides, (users, new) float32."""
        count = len(self.items)
        first = (liked != 0) @ np.arange(liked.shape[1], dtype=np.int64)
        turn = (np.arange(count) - first[:, None]) % count
        values: np.ndarray = -turn.astype(np.float32)
        return values


def lister(
    count: int, known: Interactions, vectors: np.ndarray, user_items: csr_matrix
) -> Lister | None:
    """How users get their lists with so many of ten places kept, where training knows these
    interactions; `user_items` is csr (users, items): what each likes. None with no place: by the
    score alone.
    """
    if not count:
        return None
    popularity, dislikes = log_popularity(known.binary), item_counts(known.dislikes)
    new = NewPlaces.of(count, popularity, dislikes, vectors)

    def lists(users: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
        return new.lists(scores, k, lambda rows: user_items[users[rows]]).items

    return lists


def _are_equal(own: np.ndarray) -> np.ndarray:
    """Whether all scores of a row that are not -inf are one number, and there are several: (rows,)
    bool.
    """
    there = own > -np.inf
    high = own.max(axis=1)
    low = np.where(there, own, np.inf).min(axis=1)
    equal: np.ndarray = (there.sum(axis=1) > 1) & (low == high)
    return equal
