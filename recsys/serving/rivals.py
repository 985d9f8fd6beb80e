"""Releases as they would be with today's history, on the same users and items.

A user whose liked items are others than those that a release was trained on is folded in
(recsys/models/fold_in.py), and what is popular or bought together is that of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset import folder
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions, some_users, users_of
from recsys.dataset.sparse import entries_per_row
from recsys.models.factors import Factors
from recsys.models.rules import rule_from
from recsys.ranking import hybrid
from recsys.ranking.new_places import lister
from recsys.ranking.top_k import Lister, Scorer
from recsys.ranking.weights import Weights
from recsys.serving import as_trained, many, newcomers
from recsys.serving.arithmetic import likeness
from recsys.serving.parts import Kind, Scoring
from recsys.serving.release import Release
from recsys.serving.texts import NOWHERE, hashes_of

NONE = NOWHERE  # the row of a user, or of an item, that a release does not know


@dataclass(frozen=True)
class Today:
    """The shop's history and the purchases to judge by; matrices are csr (users, items)."""

    ids: Ids
    known: Interactions  # training
    test: csr_matrix
    latest: csr_matrix  # the latest training positive of a user who has several

    @classmethod
    def read(cls, processed: Path, most: int) -> "Today":
        """What process wrote, with at most so many test users. DataError as the readers have it."""
        ids = folder.read_ids(processed)
        known = folder.read_interactions(processed, ids)
        test, latest = (
            folder.read_pairs(processed / name, known.binary.shape)
            for name in (folder.TEST_PAIRS, folder.VALIDATION)
        )
        return cls(ids, known, some_users(test, most), latest)

    @cached_property
    def names(self) -> list[str]:
        """The ids of the test users."""
        return [self.ids.users[user] for user in users_of(self.test).tolist()]

    @cached_property
    def hashes(self) -> np.ndarray:
        """The hashes of `names`, (test users,) uint64."""
        return hashes_of(self.names)

    def of_items(self, items: np.ndarray) -> "Today":
        """The same of some items only, in this order."""
        known = self.known
        return Today(
            Ids(self.ids.users, [self.ids.items[item] for item in items.tolist()]),
            known.of_items(items),
            self.test[:, items],
            self.latest[:, items],
        )


class OnToday:
    """A release with its items in the order of today's, and the rows of the test users."""

    def __init__(
        self, release: Release, today: Today, items: np.ndarray, beside: hybrid.Beside
    ) -> None:
        self.served, self.release = release, as_trained.as_trained(release)
        self.today, self.beside = today, beside
        self.items = items  # its index of each of today's items, which it all knows
        arrays = self.release.arrays
        self.rows = np.full(len(today.ids.users), NONE, np.int64)
        found = release.users.find_all(today.names, today.hashes)
        self.rows[users_of(today.test)] = found
        self.factors = Factors(
            *([], today.ids.items, arrays["item_factors"][:0]),
            arrays["item_factors"][items],
            rule_from(release.about.new_user),
        )
        self.is_trained = (self.rows >= 0) & (self.rows < release.about.trained_users)

    @property
    def model_id(self) -> str:
        """The id of its model."""
        return self.release.model_id

    @cached_property
    def trained_likes(self) -> csr_matrix:
        """What each trained user liked in its training, by today's items: (users, items)."""
        arrays, place = self.release.arrays, np.full(self._width, NONE)
        place[self.items] = np.arange(len(self.items))
        likes = csr_matrix(
            (
                np.ones(len(arrays["liked_items"]), np.float32),
                arrays["liked_items"],
                arrays["liked_indptr"],
            ),
            shape=(len(arrays["liked_indptr"]) - 1, self._width),
        )
        users = np.flatnonzero(self.is_trained)
        mine = likes[self.rows[users]].tocoo()
        columns = place[mine.col]
        kept = columns != NONE
        shape = self.today.known.binary.shape
        return csr_matrix(
            (mine.data[kept], (users[mine.row[kept]], columns[kept])), shape=shape
        )

    @property
    def _width(self) -> int:
        return len(self.release.arrays["item_factors"])

    def user_factors(self, users: np.ndarray) -> tuple[np.ndarray, int]:
        """The factors (n, f) of these users by today's history, and how many were folded in."""
        known = self.today.known
        own = self.trained_likes[users] != (known.binary[users] != 0)
        changed = ~self.is_trained[users] | (entries_per_row(own.tocsr()) > 0)
        found = as_trained.rows(self.release, self.rows[users])
        which = users[changed]  # whoever was not trained on is among them
        found[changed] = self.factors.fold_in(
            known.confidence[which], known.dislikes[which]
        )
        return found, int(changed.sum())

    def as_new(self, one: csr_matrix, users: np.ndarray) -> Scorer:
        """The score of these users, of whom nothing but the positive in `one` is known."""
        none, weights = csr_matrix(one.shape, dtype=np.float32), self.release.weights
        return newcomers.scorer(self.factors, one, none, self.beside, weights, users)

    def lister(self, liked: csr_matrix) -> Lister | None:
        """How its lists are made where some places are kept for new items, of users who like these
        (users, items); None where none are.
        """
        known, count = self.today.known, self.release.about.new_item_places
        return lister(count, known, self.beside.vectors, liked)

    def as_it_is(self, near: np.ndarray | None) -> Scorer:
        """The score that it serves with: by the history that it was trained on. `near`: the
        cosines (items, items) of today's items, where they are held.
        """
        is_whole = np.array_equal(self.items, np.arange(self._width))
        scoring = Scoring(self.release, near if is_whole else None)
        arrays = self.release.arrays
        kinds = np.where(self.rows < 0, Kind.POPULAR, arrays["user_kinds"][self.rows])
        kinds[self.is_trained] = Kind.TRAINED  # whatever they have rated down since

        def score(batch: np.ndarray) -> np.ndarray:
            rows = self.rows[batch]
            liked = many.rows_of(self.release, "liked", rows)
            factors = as_trained.rows(self.served, rows)
            found = many.scores(scoring, kinds[batch], factors, liked)
            return found[:, self.items]

        return score


class Scores:
    """The hybrid scores of the same users by all rivals; what is not of their factors is worked out
    once for all who have the same.
    """

    def __init__(self, rivals: Sequence[OnToday], users: np.ndarray) -> None:
        self.rivals = rivals
        self.known = rivals[0].today.known.aged
        self.place = np.zeros(self.known.shape[0], np.int64)
        self.place[users] = np.arange(len(users))
        self.rows: dict[str, np.ndarray] = {}  # by model id: (users, f) float32
        self.folded: dict[str, int] = {}
        for rival in rivals:
            found = rival.user_factors(users)
            self.rows[rival.model_id], self.folded[rival.model_id] = found
        self.likeness: dict[int, np.ndarray | None] = {}  # by id of what is beside
        for rival in rivals:
            if id(rival.beside) not in self.likeness:
                self.likeness[id(rival.beside)] = likeness(rival.beside.vectors)
        every = [rival.release.weights for rival in rivals]
        self.memories = {one.memory for one in every}
        self.most = Weights(
            content=max(one.content for one in every),
            popularity=max(one.popularity for one in every),
            neighbours=max(one.neighbours for one in every),
        )

    def __call__(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        """By model id: (b, items) float32."""
        liked, most = self.known[batch], self.most
        first = self.rivals[0].beside
        popularity = hybrid.of_popularity(first, most.popularity)
        neighbours = {
            memory: hybrid.of_neighbours(liked, first, most.neighbours, memory)
            for memory in self.memories
        }
        content: dict[int, np.ndarray] = {}  # by id of what is beside the factors
        found = {}
        for rival in self.rivals:
            scores = rival.factors.score_of(
                self.rows[rival.model_id][self.place[batch]]
            )
            if rival.release.weights.only_factors:
                found[rival.model_id] = scores
                continue
            beside = id(rival.beside)
            if beside not in content:
                content[beside] = self._of_content(liked, rival.beside)
            weights = rival.release.weights
            parts = hybrid.Parts(
                *(hybrid.z_scored(scores), content[beside], popularity),
                neighbours[weights.memory],
            )
            found[rival.model_id] = hybrid.combined(parts, weights)
        return found

    def _of_content(self, liked: csr_matrix, beside: hybrid.Beside) -> np.ndarray:
        """The part of content: of few items by their cosines, as the service has it."""
        near = self.likeness[id(beside)]
        if near is None or not self.most.content:
            return hybrid.of_content(liked, beside, self.most.content)
        likes = many.ManyLikes(liked.indptr, liked.indices, liked.data)
        found = np.empty(liked.shape, np.float32)
        likes.sums(near, found)
        return hybrid.z_scored(found)


def on_today(
    releases: Sequence[Release], today: Today, indices: Sequence[np.ndarray]
) -> list[OnToday]:
    """The releases on today's history; `indices`: of each, its index of each of today's items."""
    weights = [release.weights for release in releases]
    made: list[hybrid.Beside] = []  # of vectors that differ
    found = []
    for release, items in zip(releases, indices, strict=True):
        vectors = release.arrays["content"][items]
        beside = next(
            (one for one in made if np.array_equal(one.vectors, vectors)), None
        )
        if beside is None:
            first = made[0] if made else None
            beside = (
                replace(first, vectors=vectors)
                if first
                else hybrid.beside(today.known.binary, vectors, *weights)
            )
            made.append(beside)
        found.append(OnToday(release, today, items, beside))
    return found


def items_of(release: Release, items: list[str]) -> np.ndarray:
    """The release's index of each item, NONE where it does not know it, (items,) int64."""
    index = {item: at for at, item in enumerate(release.texts["item_ids"])}
    return np.array([index.get(item, NONE) for item in items], np.int64)
