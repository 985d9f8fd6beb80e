"""Releases judged side by side by what their users bought last: the same users, items and history.

A release is as old as its training. So that freshness is not called quality, each is judged as if
it knew today's history: a user whose liked items are others than those that it was trained on is
folded in (recsys/models/fold_in.py), and what is popular or bought together is that of today.
Ranking is over the items that all of them know. Left out are test users who would judge unfairly:
those whose item one of them does not know, and those whose item one of them has been trained on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset import folder
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions, one_positive, some_users, users_of
from recsys.dataset.sparse import entries_per_row, item_counts, rows_kept
from recsys.models.factors import Factors
from recsys.models.rules import rule_from
from recsys.ranking import baselines, hybrid
from recsys.ranking.metrics import evaluate_each, metrics_at, metrics_of_hits
from recsys.ranking.new_places import lister
from recsys.ranking.top_k import Lister, Scorer
from recsys.serving import newcomers
from recsys.serving.parts import Kind, Scoring, total
from recsys.serving.release import Release
from recsys.serving.texts import NOWHERE

NEWCOMERS = 2000  # at most so many users are judged as if they were new, or as they are served now
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

    def of_items(self, items: np.ndarray) -> "Today":
        """The same of some items only, in this order."""
        known = self.known
        return Today(
            Ids(self.ids.users, [self.ids.items[item] for item in items.tolist()]),
            Interactions(
                known.confidence[:, items],
                known.binary[:, items],
                known.dislikes[:, items],
            ),
            self.test[:, items],
            self.latest[:, items],
        )


@dataclass(frozen=True)
class Figures:
    """What a release is worth to the judging users."""

    per_user: Mapping[str, np.ndarray]  # by metric: (users,) float64, in index order
    coverage: float  # share of the items that stand in some user's list
    newcomer_recall: np.ndarray  # of some of them, as if one positive was known of each
    folded: int  # of the judging users
    # means over some of them, by the history that it was released with
    as_it_is: Mapping[str, float]


@dataclass(frozen=True)
class Judged:
    """What releases are worth today."""

    figures: Mapping[str, Figures]  # by model id
    popularity: Mapping[str, np.ndarray]  # its metrics of the judging users
    users: int
    history: np.ndarray  # their training positives today, (users,) int64
    is_cold: np.ndarray  # with an item that has few positives, (users,) bool
    is_tail: np.ndarray  # with an item of the less popular half of these purchases
    unknown_item: int  # left out: a release does not know the item
    trained_on: int  # left out: a release was trained on the purchase


class _OnToday:
    """A release with its items in the order of today's, and the rows of the test users."""

    def __init__(self, release: Release, today: Today, items: np.ndarray) -> None:
        self.release, self.today = release, today
        self.items = items  # its index of each of today's items, which it all knows
        arrays = release.arrays
        self.rows = np.full(len(today.ids.users), NONE, np.int64)
        users = users_of(today.test)
        names = [today.ids.users[user] for user in users.tolist()]
        self.rows[users] = release.users.find_all(names)
        self.factors = Factors(
            *([], today.ids.items, arrays["item_factors"][:0]),
            arrays["item_factors"][items],
            rule_from(release.about.new_user),
        )
        self.is_trained = (self.rows >= 0) & (self.rows < release.about.trained_users)
        vectors = arrays["content"][items]
        self.beside = hybrid.beside(today.known.binary, vectors, release.weights)

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
        found = self.release.arrays["user_factors"][np.maximum(self.rows[users], 0)]
        which = users[changed]
        found[changed] = self.factors.fold_in(
            known.confidence[which], known.dislikes[which]
        )
        return found, int(changed.sum())

    def scorer(self, users: np.ndarray, rows: np.ndarray) -> Scorer:
        """The hybrid score of users whose factors are these rows."""
        place = np.zeros(len(self.rows), np.int64)
        place[users] = np.arange(len(users))
        binary, weights = self.today.known.binary, self.release.weights
        return lambda batch: hybrid.blended(
            self.factors.score_of(rows[place[batch]]),
            binary[batch],
            self.beside,
            weights,
        )

    def as_new(self, one: csr_matrix) -> Scorer:
        """The score of users of whom nothing but the positive in `one` is known."""
        none, weights = csr_matrix(one.shape, dtype=np.float32), self.release.weights
        return lambda batch: newcomers.scores(
            *(self.factors, one[batch], none[batch], self.beside, weights)
        )

    def lister(self, liked: csr_matrix) -> Lister | None:
        """How its lists are made where some places are kept for new items, of users who like these
        (users, items); None where none are.
        """
        known, count = self.today.known, self.release.about.new_item_places
        return lister(count, known, self.beside.vectors, liked)

    def as_it_is(self) -> Scorer:
        """The score that it serves with: by the history that it was released with."""
        scoring, arrays = Scoring(self.release), self.release.arrays
        kinds = np.where(self.rows < 0, Kind.POPULAR, arrays["user_kinds"][self.rows])

        def score(batch: np.ndarray) -> np.ndarray:
            found = np.empty((len(batch), len(self.items)), np.float32)
            for kind in np.unique(kinds[batch]).tolist():
                at = np.flatnonzero(kinds[batch] == kind)
                rows = self.rows[batch[at]]
                liked = [
                    self.release.items_of("liked", row) if row >= 0 else rows[:0]
                    for row in rows.tolist()
                ]
                parts = scoring.parts(Kind(kind), arrays["user_factors"][rows], liked)
                found[at] = total(parts, len(at))[:, self.items]
            return found

        return score


def judge(
    releases: Sequence[Release], today: Today, k: int, cold_threshold: int
) -> Judged:
    """All releases by the same users; `cold_threshold`: an item with fewer positives is cold."""
    indices = [_items_of(release, today.ids.items) for release in releases]
    common = np.flatnonzero(np.all(np.array(indices) != NONE, axis=0))
    narrow = today.of_items(common)
    rivals = [
        _OnToday(release, narrow, index[common])
        for release, index in zip(releases, indices, strict=True)
    ]
    with_item = users_of(narrow.test)
    is_unfair = np.zeros(len(today.ids.users), bool)
    for rival in rivals:
        is_unfair |= (
            entries_per_row(rival.trained_likes.multiply(narrow.test).tocsr()) > 0
        )
    test = rows_kept(narrow.test, ~is_unfair)
    users = users_of(test)
    one = one_positive(narrow.known, narrow.latest)
    found = {
        rival.release.model_id: _figures(rival, users, test, one, k) for rival in rivals
    }
    seen = narrow.known.seen
    popularity = metrics_at(baselines.popularity(narrow.known.binary), seen, test, [k])
    counts = np.minimum.reduceat(
        item_counts(narrow.known.binary)[test.indices], test.indptr[users]
    )
    return Judged(
        figures=found,
        popularity=popularity,
        users=len(users),
        history=entries_per_row(narrow.known.binary)[users],
        is_cold=counts < cold_threshold,
        is_tail=counts <= np.median(counts) if len(counts) else counts > 0,
        unknown_item=len(users_of(today.test)) - len(with_item),
        trained_on=len(with_item) - len(users),
    )


def _items_of(release: Release, items: list[str]) -> np.ndarray:
    """The release's index of each item, NONE where it does not know it, (items,) int64."""
    index = {item: at for at, item in enumerate(release.texts["item_ids"])}
    return np.array([index.get(item, NONE) for item in items], np.int64)


def _figures(
    rival: _OnToday, users: np.ndarray, test: csr_matrix, one: csr_matrix, k: int
) -> Figures:
    if not len(users):
        nothing = metrics_of_hits(np.zeros((0, k), bool), np.zeros(0, int), [k])
        return Figures(nothing, 0.0, np.zeros(0), 0, dict.fromkeys(nothing, 0.0))
    seen = rival.today.known.seen
    rows, folded = rival.user_factors(users)
    scores, some = rival.scorer(users, rows), some_users(test, NEWCOMERS)
    by_history, by_one = rival.lister(rival.today.known.binary), rival.lister(one)
    per_user, coverage = evaluate_each(
        *(lambda batch: {"": scores(batch)}, seen, test, [k]),
        {"": by_history} if by_history else {},
    )[""]
    as_new = metrics_at(rival.as_new(one), seen, some, [k], by_one)
    as_it_is = metrics_at(rival.as_it_is(), seen, some, [k], by_history)
    return Figures(
        per_user=per_user,
        coverage=coverage[f"coverage_at_{k}"],
        newcomer_recall=as_new[f"recall_at_{k}"],
        folded=folded,
        as_it_is={name: float(values.mean()) for name, values in as_it_is.items()},
    )
