"""The score of some users on a release, and the parts that it is the sum of.

It is the hybrid score (recsys/ranking/hybrid.py), or what recsys/serving/newcomers.py gives users
of whom the model knows nothing. Each user is scored alone, product by product: a product over many
users at once would have other last bits, and a list must not depend on who else is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np

from recsys.ranking.memory import counts_of
from recsys.serving.arithmetic import add_rows, dense, likeness, products, z_scores
from recsys.serving.release import Release


class Kind(IntEnum):
    """How a user is ranked."""

    TRAINED = 0  # by factors that were trained
    FOLDED = 1  # by factors folded in from what they like
    CONTENT = 2  # by content and popularity: the model knows nothing of what they like
    POPULAR = 3  # by popularity: nothing is known that they like

    @property
    def words(self) -> str:
        """For people and for programs."""
        return WORDS[self]


WORDS = {
    Kind.TRAINED: "trained",
    Kind.FOLDED: "new user",
    Kind.CONTENT: "fallback to content and popularity",
    Kind.POPULAR: "fallback to popularity",
}

# parts by name, each weighted, (users, items) float32, or (1, items) where it is the same for all
Parts = Mapping[str, np.ndarray]

Near = tuple[np.ndarray, np.ndarray, np.ndarray]  # csr: indptr, columns, values


class Likes(Protocol):
    """What some users like."""

    def __len__(self) -> int:
        """How many users."""

    def sums(self, matrix: np.ndarray, memory: float = 0.0) -> np.ndarray:
        """Of each user, the sum of the rows of `matrix` (items, n) float32 that they like, one
        after the other, each as often as it counts by its age (recsys/ranking/memory.py):
        (users, n) float32.
        """

    def sparse_sums(self, near: Near, memory: float = 0.0) -> np.ndarray:
        """The same of a csr (items, items)."""

    def z_scored(self, raw: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Each of these (users, items) float32 as arithmetic.z_scores has it; they are not needed
        any more.
        """


@dataclass(frozen=True)
class FewLikes:
    """Likes, as NumPy alone adds them up."""

    items: Sequence[np.ndarray]  # (likes,) int32 of each user
    ages: Sequence[np.ndarray]  # (likes,) int32 of each of these

    def __len__(self) -> int:
        return len(self.items)

    def sums(self, matrix: np.ndarray, memory: float = 0.0) -> np.ndarray:
        """As Likes has it."""
        found = np.zeros((len(self), matrix.shape[1]), np.float32)
        for of_user, items, ages in zip(found, self.items, self.ages, strict=True):
            if memory:
                rows = zip(items.tolist(), counts_of(ages, memory), strict=True)
                for item, count in rows:
                    of_user += count * matrix[item]
                continue
            for item in items.tolist():
                of_user += matrix[item]
        return found

    def sparse_sums(self, near: Near, memory: float = 0.0) -> np.ndarray:
        """As Likes has it."""
        found = np.zeros((len(self), len(near[0]) - 1), np.float32)
        for of_user, items, ages in zip(found, self.items, self.ages, strict=True):
            add_rows(of_user, items.tolist(), counts_of(ages, memory), *near)
        return found

    def z_scored(self, raw: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """As Likes has it: all of them at once, as each call costs something."""
        return np.split(z_scores(np.concatenate(raw)), len(raw))


# in the order in which hybrid.combine adds them
BESIDE = ("content", "popularity", "neighbours")


class Scoring:
    """How a release scores. What is the same for all users is computed once; `near`, the cosines of
    all items (items, items), is only if it is not given.
    """

    def __init__(self, release: Release, near: np.ndarray | None = None) -> None:
        self.item_factors = release.arrays["item_factors"]
        self.vectors = release.arrays["content"]
        self.popularity = release.arrays["popularity"][None, :]
        self.z_popularity = z_scores(self.popularity)
        self.only_factors = release.weights.only_factors
        arrays = release.arrays
        self.near: Near = (
            arrays["near_indptr"].astype(np.int32),
            arrays["near_items"].copy(),
            arrays["near_values"].copy(),
        )
        self.dense = dense(*self.near)
        self.likeness = likeness(self.vectors) if near is None else near
        weights = release.weights.model_dump()
        self.weights = {name: np.float32(weights[name]) for name in BESIDE}
        self.memory = release.weights.memory
        self.beside = [name for name in BESIDE if weights[name]]
        self.same_for_all = self.weights["popularity"] * self.z_popularity

    def parts(self, kind: Kind, factors: np.ndarray, liked: Likes) -> Parts:
        """The parts of users of one kind, by their factors (n, f) and what each likes."""
        if kind == Kind.POPULAR:
            return {"popularity": self.popularity}
        if kind == Kind.CONTENT:
            return self._without_factors(liked)
        raw = products(factors, self.item_factors)
        if self.only_factors:
            return {"factors": raw}
        scaled = self._scaled(["factors", *self.beside], liked, {"factors": raw})
        parts = {"factors": scaled["factors"]}
        for name in self.beside:
            if name == "popularity":
                parts[name] = self.same_for_all
            else:
                parts[name] = self.weights[name] * scaled[name]
        return parts

    def _without_factors(self, liked: Likes) -> Parts:
        """Content and popularity one to one, and what is bought together as it weighs."""
        weight = self.weights["neighbours"]
        names = ["content", "neighbours"] if weight else ["content"]
        scaled = self._scaled(names, liked, {})
        parts = {"content": scaled["content"], "popularity": self.z_popularity}
        return parts | ({"neighbours": weight * scaled["neighbours"]} if weight else {})

    def _scaled(
        self, names: Sequence[str], liked: Likes, known: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """The parts of these names but popularity, each z-scored: all of them at once."""
        wanted = [name for name in names if name != "popularity"]
        raw = [
            known[name] if name in known else self.raw(name, liked) for name in wanted
        ]
        return dict(zip(wanted, liked.z_scored(raw), strict=True))

    def raw(self, name: str, liked: Likes) -> np.ndarray:
        """Content or neighbours before they are z-scored and weighed, (users, items) float32."""
        return self._content(liked) if name == "content" else self._neighbours(liked)

    def _content(self, liked: Likes) -> np.ndarray:
        """Of each item, its cosine with the mean of what is liked, times a number a user: the
        z-scores are the same.
        """
        if self.likeness is not None:
            return liked.sums(self.likeness)
        return products(liked.sums(self.vectors), self.vectors)

    def _neighbours(self, liked: Likes) -> np.ndarray:
        if self.dense is not None:
            return liked.sums(self.dense, self.memory)
        return liked.sparse_sums(self.near, self.memory)


def total(parts: Parts, users: int) -> np.ndarray:
    """The sum of the parts, a new array (users, items) float32."""
    first, *others = parts.values()
    summed = np.empty((users, first.shape[1]), np.float32)
    summed[:] = first
    for part in others:
        summed += part
    return summed
