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
from recsys.serving.arithmetic import (
    add_rows,
    dense,
    likeness,
    products,
    scale,
    z_scores,
)
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

    def sums(self, matrix: np.ndarray, out: np.ndarray, memory: float = 0.0) -> None:
        """Of each user, the sum of the rows of `matrix` (items, n) float32 that they like, one
        after the other, each times what it counts by its age (recsys/ranking/memory.py), into
        `out` (users, n) float32.
        """

    def sparse_sums(self, near: Near, out: np.ndarray, memory: float = 0.0) -> None:
        """The same of a csr (items, items)."""

    def scale(self, rows: np.ndarray) -> None:
        """Put arithmetic.z_scores in the place of `rows` (n, items) float32, to the last bit."""


@dataclass(frozen=True)
class FewLikes:
    """Likes, as NumPy alone adds them up."""

    items: Sequence[np.ndarray]  # (likes,) int32 of each user
    ages: Sequence[np.ndarray]  # (likes,) int32 of each of these

    def __len__(self) -> int:
        return len(self.items)

    def sums(self, matrix: np.ndarray, out: np.ndarray, memory: float = 0.0) -> None:
        """As Likes has it."""
        out.fill(0)
        for of_user, items, ages in zip(out, self.items, self.ages, strict=True):
            if memory:
                counts = counts_of(ages, memory)
                for item, count in zip(items.tolist(), counts, strict=True):
                    of_user += count * matrix[item]
                continue
            for item in items.tolist():
                of_user += matrix[item]

    def sparse_sums(self, near: Near, out: np.ndarray, memory: float = 0.0) -> None:
        """As Likes has it."""
        out.fill(0)
        for of_user, items, ages in zip(out, self.items, self.ages, strict=True):
            add_rows(of_user, items.tolist(), counts_of(ages, memory), *near)

    def scale(self, rows: np.ndarray) -> None:
        """As Likes has it."""
        scale(rows)


# in the order in which hybrid.combine adds them
BESIDE = ("content", "popularity", "neighbours")


class Scoring:
    """How a release scores. What is the same for all users is computed once; `near`, the cosines of
    all items (items, items), is only if it is not given.
    """

    def __init__(self, release: Release, near: np.ndarray | None = None) -> None:
        self.item_factors = release.arrays["item_factors"]
        self.items = len(self.item_factors)
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
        own = [name for name in self.beside if name != "popularity"]
        self.of_user = ["factors", *own]  # parts that are z-scored for each user
        self.same_for_all = self.weights["popularity"] * self.z_popularity

    def parts(self, kind: Kind, factors: np.ndarray, liked: Likes) -> Parts:
        """The parts of users of one kind, by their factors (n, f) and what each likes."""
        if kind == Kind.POPULAR:
            return {"popularity": self.popularity}
        if kind == Kind.CONTENT:
            return self._without_factors(liked)
        if self.only_factors:
            return {"factors": products(factors, self.item_factors)}
        scaled = self._scaled(self.of_user, factors, liked)
        parts = {"factors": scaled["factors"]}
        for name in self.beside:
            if name == "popularity":
                parts[name] = self.same_for_all
            else:
                parts[name] = scaled[name]
                parts[name] *= self.weights[name]
        return parts

    def _without_factors(self, liked: Likes) -> Parts:
        """Content and popularity one to one, and what is bought together as it weighs."""
        weight = self.weights["neighbours"]
        names = ["content", "neighbours"] if weight else ["content"]
        scaled = self._scaled(names, np.empty((0, 0)), liked)
        parts = {"content": scaled["content"], "popularity": self.z_popularity}
        return parts | ({"neighbours": weight * scaled["neighbours"]} if weight else {})

    def _scaled(
        self, names: Sequence[str], factors: np.ndarray, liked: Likes
    ) -> dict[str, np.ndarray]:
        """The parts of these names, each z-scored: all of them at once."""
        raw = np.empty((len(names), len(liked), self.items), np.float32)
        for name, out in zip(names, raw, strict=True):
            if name == "factors":
                products(factors, self.item_factors, out)
            else:
                self._fill(name, liked, out)
        liked.scale(raw.reshape(-1, self.items))
        return dict(zip(names, raw, strict=True))

    def raw(self, name: str, liked: Likes) -> np.ndarray:
        """Content or neighbours before they are z-scored and weighed, (users, items) float32."""
        out = np.empty((len(liked), self.items), np.float32)
        self._fill(name, liked, out)
        return out

    def _fill(self, name: str, liked: Likes, out: np.ndarray) -> None:
        if name == "content":
            self._content(liked, out)
        elif self.dense is not None:
            liked.sums(self.dense, out, self.memory)
        else:
            liked.sparse_sums(self.near, out, self.memory)

    def _content(self, liked: Likes, out: np.ndarray) -> None:
        """Of each item, its cosine with the mean of what is liked, times a number a user: the
        z-scores are the same.
        """
        if self.likeness is not None:
            liked.sums(self.likeness, out)
        else:
            summed = np.empty((len(liked), self.vectors.shape[1]), np.float32)
            liked.sums(self.vectors, summed)
            products(summed, self.vectors, out)


def total(parts: Parts, users: int) -> np.ndarray:
    """The sum of the parts, a new array (users, items) float32."""
    first, *others = parts.values()
    summed = np.empty((users, first.shape[1]), np.float32)
    if not others:
        summed[:] = first
    else:
        np.add(first, others[0], out=summed)
    for part in others[1:]:
        summed += part
    return summed
