"""A trained factor model: two matrices with the external ids of their rows; what they answer."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from recsys.models import blended
from recsys.models.blended import NewUser
from recsys.models.fold_in import PreparedFoldIn
from recsys.program.errors import DataError
from recsys.ranking.top_k import mask_seen, top_k


@dataclass(frozen=True)
class Factors:
    """Factors and the ids of their rows. A score is the product of a user's and an item's row."""

    user_ids: list[str]
    item_ids: list[str]
    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32
    new_user: NewUser | None = (
        None  # how the factors of a user are made who was not trained on
    )

    def __post_init__(self) -> None:
        users, items = self.user_factors.shape, self.item_factors.shape
        if not len(users) == len(items) == 2:
            raise ValueError(f"factors of shape {users} and {items}, not matrices")
        if (users[0], items[0]) != self.shape:
            raise ValueError(
                f"{self.shape[0]} users and {self.shape[1]} items, "
                f"but factors of shape {users} and {items}"
            )
        if users[1] != items[1]:
            raise ValueError(
                f"user factors of width {users[1]}, item factors of width {items[1]}"
            )
        blended.check_width(self.new_user, items[1])
        if not (
            np.isfinite(self.user_factors).all()
            and np.isfinite(self.item_factors).all()
        ):
            raise ValueError(
                "factors are not finite; lower the learning rate or raise the regularization"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Users and items."""
        return len(self.user_ids), len(self.item_ids)

    @cached_property
    def item_index(self) -> dict[str, int]:
        return {item: index for index, item in enumerate(self.item_ids)}

    @cached_property
    def user_index(self) -> dict[str, int]:
        return {user: index for index, user in enumerate(self.user_ids)}

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores (len(users), items) float32 of the users with these indices."""
        return self.score_of(self.user_factors[users])

    def score_of(self, user_factors: np.ndarray) -> np.ndarray:
        """Scores (n, items) float32 of user factors (n, f), e.g. folded in."""
        scores: np.ndarray = user_factors @ self.item_factors.T
        return scores

    @property
    def last_is_bias(self) -> bool:
        """Whether the last factor is an item's bias (BPR): how popular it is, not its taste."""
        return blended.last_is_bias(self.new_user)

    def without_bias(self, rows: np.ndarray) -> np.ndarray:
        """The rows (n, f) of users or items without the bias: their taste, (n, f) or (n, f - 1)."""
        return rows[:, :-1] if self.last_is_bias else rows

    def recommend(self, users: np.ndarray, seen: csr_matrix, k: int) -> list[list[str]]:
        """The ids of each user's best `k` items, best first, without those of `seen` (len(users),
        items).

        Fewer where the items run out; never a seen one, never a filler. Ties go to the item with
        the smaller index.
        """
        scores = np.array(self.score(users), dtype=np.float32)
        mask_seen(scores, seen)
        return [
            [self.item_ids[item] for item in row if item >= 0]
            for row in top_k(scores, k)
        ]

    def similar_items(self, item: str, k: int) -> list[tuple[str, float]]:
        """The `k` other items with the highest cosine of factors (without a bias), and the cosine.

        DataError if `item` is unknown.
        """
        if item not in self.item_index:
            raise DataError(
                f"item {item!r} is not in the model; it knows {len(self.item_ids)} items"
            )
        rows = self.without_bias(self.item_factors)
        length = np.linalg.norm(rows, axis=1)
        at = self.item_index[item]
        scale = length * length[at]
        cosine = np.divide(
            rows @ rows[at], scale, out=np.zeros_like(scale), where=scale > 0
        )
        cosine[at] = -np.inf
        nearest = [other for other in top_k(cosine[None, :], k)[0] if other >= 0]
        return [(self.item_ids[other], float(cosine[other])) for other in nearest]

    @cached_property
    def _folding(self) -> PreparedFoldIn:
        assert self.new_user is not None  # noqa: S101 - fold_in has looked
        return self.new_user.prepared(self.item_factors)

    def fold_in(self, liked: csr_matrix, dislikes: csr_matrix) -> np.ndarray:
        """Factors (n, f) float32 of n users by what they like (n, items: confidence) and dislike
        (n, items: 1).

        ValueError if the model does not say how, or if the matrices have other items.
        """
        if self.new_user is None:
            raise ValueError(
                "the model has no rule for users that it was not trained on"
            )
        if not liked.shape[1] == dislikes.shape[1] == len(self.item_ids):
            raise ValueError(
                f"{len(self.item_ids)} items, "
                f"but matrices of shape {liked.shape} and {dislikes.shape}"
            )
        return self._folding(liked, dislikes)
