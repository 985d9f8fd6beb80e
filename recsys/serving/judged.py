"""Releases judged side by side by what their users bought last: the same users, items and history.

A release is as old as its training. So that freshness is not called quality, each is judged as if
it knew today's history (recsys/serving/rivals.py). Ranking is over the items that all of them know.
Left out are test users who would judge unfairly: those whose item one of them does not know, and
those whose item one of them has been trained on, or the model that it began at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import one_positive, some_users, users_of
from recsys.dataset.sparse import entries_per_row, item_counts, rows_kept
from recsys.ranking import baselines
from recsys.ranking.metrics import (
    evaluate_each,
    metrics_at,
    metrics_of_hits,
    metrics_of_one_list,
)
from recsys.serving.release import Release
from recsys.serving.rivals import NONE, OnToday, Scores, Today, items_of, on_today

NEWCOMERS = 2000  # at most so many users are judged as if they were new
AS_IT_IS = 1000  # at most so many as they are served now


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


def judge(
    releases: Sequence[Release],
    today: Today,
    k: int,
    cold_threshold: int,
    learned: Sequence[csr_matrix] = (),
) -> Judged:
    """All releases by the same users; `cold_threshold`: an item with fewer positives is cold;
    `learned` has what their models have learned from beside, csr (users, items) of today's.
    """
    indices = [items_of(release, today.ids.items) for release in releases]
    common = np.flatnonzero(np.all(np.array(indices) != NONE, axis=0))
    narrow = today.of_items(common)
    rivals = on_today(releases, narrow, [index[common] for index in indices])
    with_item = users_of(narrow.test)
    trained = _any_in([rival.trained_likes for rival in rivals], narrow.test)
    test = rows_kept(narrow.test, ~(trained | _any_in(learned, today.test)))
    users = users_of(test)
    found = _figures(rivals, users, test, k)
    seen = narrow.known.seen
    popular = baselines.popular(narrow.known.binary)
    popularity = metrics_of_one_list(popular, seen, test, [k])
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


def _any_in(known: Sequence[csr_matrix], test: csr_matrix) -> np.ndarray:
    """Whose test item (users,) bool one of these, csr (users, items), has."""
    found = np.zeros(test.shape[0], bool)
    for one in known:
        found |= entries_per_row(one.multiply(test).tocsr()) > 0
    return found


def _figures(
    rivals: Sequence[OnToday], users: np.ndarray, test: csr_matrix, k: int
) -> dict[str, Figures]:
    """By model id."""
    if not len(users):
        nothing = metrics_of_hits(np.zeros((0, k), bool), np.zeros(0, int), [k])
        none = Figures(nothing, 0.0, np.zeros(0), 0, dict.fromkeys(nothing, 0.0))
        return {rival.model_id: none for rival in rivals}
    known, scores = rivals[0].today.known, Scores(rivals, users)
    listers = {rival.model_id: rival.lister(known.binary) for rival in rivals}
    own = {model_id: lister for model_id, lister in listers.items() if lister}
    ranked = evaluate_each(scores, known.seen, test, [k], own)
    one, new = one_positive(known, rivals[0].today.latest), some_users(test, NEWCOMERS)
    some = some_users(test, AS_IT_IS)
    found = {}
    for rival in rivals:
        score = rival.as_new(one, users_of(new))
        # what is not known of them is not left out of their lists either, as in evaluate
        as_new = metrics_at(score, one, new, [k], rival.lister(one))
        near = scores.likeness[id(rival.beside)]
        as_it_is = metrics_at(
            *(rival.as_it_is(near), known.seen, some, [k], listers[rival.model_id])
        )
        per_user, coverage = ranked[rival.model_id]
        found[rival.model_id] = Figures(
            per_user=per_user,
            coverage=coverage[f"coverage_at_{k}"],
            newcomer_recall=as_new[f"recall_at_{k}"],
            folded=scores.folded[rival.model_id],
            as_it_is={name: float(mean.mean()) for name, mean in as_it_is.items()},
        )
    return found
