"""The score of some users on a release, and the parts that it is the sum of.

It is the hybrid score (recsys/ranking/hybrid.py), or what recsys/serving/newcomers.py gives users
of whom the model knows nothing. Each user is scored alone, product by product: a product over many
users at once would have other last bits, and a list must not depend on who else is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

import numpy as np

from recsys.ranking import kernel
from recsys.ranking.baselines import directions
from recsys.ranking.hybrid import z_scores
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

# the items that each user likes, (likes,) int32 each
Likes = Sequence[np.ndarray]


def products(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """`rows` (n, f) times each row of `matrix` (items, f), (n, items) float32; each of the rows by
    itself, so that its bits do not depend on the others.
    """
    multiplied: np.ndarray = np.matmul(rows[:, None, :], matrix.T)[:, 0]
    return multiplied


class Scoring:
    """How a release scores. What is the same for all users is computed once."""

    def __init__(self, release: Release) -> None:
        self.item_factors = release.arrays["item_factors"]
        self.vectors = release.arrays["content"]
        self.popularity = release.arrays["popularity"][None, :]
        self.z_popularity = z_scores(self.popularity)
        self.only_factors = release.weights.only_factors
        self.near = [
            release.arrays[f"near_{name}"] for name in ("indptr", "items", "values")
        ]
        self.weights = weights = release.weights.model_dump()
        self.beside = [
            (name, np.float32(weights[name])) for name in BESIDE if weights[name]
        ]
        self.same_for_all = {
            name: weight * self.z_popularity
            for name, weight in self.beside
            if name == "popularity"
        }

    def parts(self, kind: Kind, factors: np.ndarray, liked: Likes) -> Parts:
        """The parts of users of one kind, by their factors (n, f) and what each likes."""
        if kind == Kind.POPULAR:
            return {"popularity": self.popularity}
        if kind == Kind.CONTENT:
            parts = {"content": self._content(liked), "popularity": self.z_popularity}
            if self.weights["neighbours"]:
                weight = np.float32(self.weights["neighbours"])
                parts["neighbours"] = weight * self._neighbours(liked)
            return parts
        raw = products(factors, self.item_factors)
        if self.only_factors:
            return {"factors": raw}
        parts = {"factors": z_scores(raw)}
        for name, weight in self.beside:
            known = self.same_for_all.get(name)
            parts[name] = weight * BESIDE[name](self, liked) if known is None else known
        return parts

    def _content(self, liked: Likes) -> np.ndarray:
        profile = np.zeros((len(liked), self.vectors.shape[1]), np.float32)
        for user, items in enumerate(liked):
            self.vectors[items].sum(axis=0, out=profile[user])
        return z_scores(products(directions(profile), self.vectors))

    def _neighbours(self, liked: Likes) -> np.ndarray:
        scores = np.zeros((len(liked), len(self.item_factors)), np.float32)
        indptr = np.cumsum([0, *map(len, liked)])
        kernel.add_rows(scores, indptr, np.concatenate(liked), *self.near)
        return z_scores(scores)


# in the order in which hybrid.combine adds them; a bound method in a Scoring would be a circle, and
# a release that was replaced would stay in memory until the garbage collector comes round
BESIDE: dict[str, Callable[[Scoring, Likes], np.ndarray]] = {
    "content": Scoring._content,
    "popularity": lambda scoring, _: scoring.z_popularity,
    "neighbours": Scoring._neighbours,
}


def total(parts: Parts, users: int) -> np.ndarray:
    """The sum of the parts, a new array (users, items) float32."""
    first, *others = parts.values()
    summed = np.empty((users, first.shape[1]), np.float32)
    summed[:] = first
    for part in others:
        summed += part
    return summed
