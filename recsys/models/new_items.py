"""How many places of a list are kept for new items (recsys/ranking/new_places.py): what is found by
it, what it costs, and whether this shop gains by it.

Items that a fit has not seen at all (recsys/models/hidden_items.py) say what is found: recall_at_10
of the users who take one of them next, in the list as it is served. What it costs, or gives, the
validation fold says: which has new items in their natural share, if those that were hidden are left
out of it, as targets and in the lists. `auto` keeps places only where the fold is ahead with them
by more than one standard error in ndcg_at_10; a place that is kept for good reasons of the shop's
own is a number.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import judges
from recsys.dataset.sparse import columns_kept
from recsys.models.choice import OBJECTIVE, lead
from recsys.models.hidden_items import Hidden, without
from recsys.models.manifest import JudgedPlaces, NewItems
from recsys.models.params import AUTO, TrainParams
from recsys.models.warm_start import Start
from recsys.ranking.evaluation import named
from recsys.ranking.metrics import CUTOFFS, METRICS, evaluate_each
from recsys.ranking.new_places import lister
from recsys.ranking.top_k import Scorer
from recsys.statistics.bootstrap import MeanInterval, resample

log = logging.getLogger(__name__)

TRIED = (1, 2)  # places of ten
SAMPLES = 1000
USERS = 20_000  # at most so many of either judge
NO_CHANGE = MeanInterval(0.0, 0.0, 0.0)

# METRICS of each user, (users,) float64, by the number of places
ByPlaces = Mapping[int, Mapping[str, np.ndarray]]


def counts_of(params: TrainParams) -> tuple[int, ...]:
    """The numbers of places that are judged, none among them."""
    stated = 0 if params.new_item_places == AUTO else params.new_item_places
    return tuple(sorted({0, *TRIED, stated}))


@dataclass(frozen=True)
class Judge:
    """What is found and what it costs, of a fit on `hidden.left`."""

    hidden: Hidden
    held_out: csr_matrix  # (users, items), the validation fold
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    counts: Sequence[int]  # of places that are kept, none (0) among them
    seed: int

    def judged(self, plain: Scorer, kept: Scorer) -> list[JudgedPlaces]:
        """What each number of places gives beside none; scores are `plain` with none, and `kept`
        with some.
        """
        hidden = self.hidden
        targets = (hidden.targets + self.held_out).tocsr()
        wanted = columns_kept(targets, hidden.items)
        of_hidden = self._measured(plain, kept, wanted, np.zeros(0, np.int64))
        wanted = columns_kept(self.held_out, ~hidden.items)
        of_fold = self._measured(plain, kept, wanted, np.flatnonzero(hidden.items))
        counts = [count for count in self.counts if count]
        intervals = _intervals(of_fold, counts, self.seed)
        return [_note(count, of_hidden, of_fold, intervals) for count in counts]

    def _measured(
        self, plain: Scorer, kept: Scorer, wanted: csr_matrix, gone: np.ndarray
    ) -> ByPlaces:
        """METRICS of each user with an entry in `wanted` (users, items), by the number of places,
        in lists without the items `gone` (n,).
        """
        if not wanted.nnz:
            return {count: dict.fromkeys(METRICS, np.zeros(0)) for count in self.counts}
        left = self.hidden.left
        listers = {
            str(count): made
            for count in self.counts
            if (made := lister(count, left, self.vectors, left.binary))
        }

        def scores_of(users: np.ndarray) -> dict[str, np.ndarray]:
            none = without(plain(users), gone)
            some = none if kept is plain else without(kept(users), gone)
            return {str(count): some if count else none for count in self.counts}

        some = judges(wanted, USERS)
        found = evaluate_each(scores_of, left.seen, some, CUTOFFS, listers)
        return {int(name): per_user for name, (per_user, _) in found.items()}


def noted(
    params: TrainParams, tried: Sequence[JudgedPlaces], start: Start | None = None
) -> NewItems:
    """What is served, for the manifest; also said in the log. From a warm start `auto` is what its
    model had, and the figures are that model's.
    """
    tried = start.new_items.judged if start else tried
    places = start.new_items.places if start else chosen(tried)
    if params.new_item_places != AUTO:
        places = params.new_item_places
    if tried:
        log.info(
            "%s new_item_places %s: %d of ten places for new items%s",
            *(params.MODEL_TYPE, params.new_item_places, places),
            "".join(f"; {sentence(one)}" for one in tried),
        )
    return NewItems(places=places, judged=list(tried))


def chosen(tried: Sequence[JudgedPlaces]) -> int:
    """The number of places with the best ndcg_at_10 of the fold, of those whose lead over none is
    more than one standard error; 0 if there is none such.
    """
    ahead = [
        (one.ndcg_at_10_change, -one.places)
        for one in tried
        if one.ndcg_at_10_change > one.ndcg_at_10_change_error
    ]
    return -max(ahead)[1] if ahead else 0


def sentence(one: JudgedPlaces) -> str:
    """One line for people."""
    return (
        f"{one.places} of ten would find {one.hidden_recall_at_10:.3f} of what "
        f"{one.hidden_users} users take of new items ({one.hidden_recall_at_10_without:.3f} "
        f"without), for recall_at_10 {one.recall_at_10_change:+.4f} "
        f"[{one.recall_at_10_change_low:+.4f}, {one.recall_at_10_change_high:+.4f}] and "
        f"ndcg_at_10 {one.ndcg_at_10_change:+.4f} "
        f"[{one.ndcg_at_10_change_low:+.4f}, {one.ndcg_at_10_change_high:+.4f}] "
        f"of {one.fold_users} validation users"
    )


def _intervals(
    of_fold: ByPlaces, counts: Sequence[int], seed: int
) -> dict[tuple[int, str], MeanInterval]:
    """How METRICS change by each number of places; no change by fewer than two users."""
    changes = {
        (count, metric): of_fold[count][metric] - of_fold[0][metric]
        for count in counts
        for metric in METRICS
    }
    if len(of_fold[0][OBJECTIVE]) < 2:
        return dict.fromkeys(changes, NO_CHANGE)
    resampled = resample(changes, SAMPLES, seed) if changes else {}
    return {key: one.interval() for key, one in resampled.items()}


def _note(
    count: int,
    of_hidden: ByPlaces,
    of_fold: ByPlaces,
    intervals: Mapping[tuple[int, str], MeanInterval],
) -> JudgedPlaces:
    """The figures of one number of places, with six decimals."""
    without, found = (of_hidden[places]["recall_at_10"] for places in (0, count))
    users, error = len(of_fold[0][OBJECTIVE]), 0.0
    if users > 1:
        error = lead(of_fold[count][OBJECTIVE], of_fold[0][OBJECTIVE]).error
    figures = [
        named(f"{metric}_change", intervals[count, metric]) for metric in METRICS
    ]
    return JudgedPlaces.model_validate(
        {
            "places": count,
            "hidden_users": len(found),
            "hidden_recall_at_10": _mean(found),
            "hidden_recall_at_10_without": _mean(without),
            "fold_users": users,
            **figures[0],
            **figures[1],
            f"{OBJECTIVE}_change_error": round(error, 6),
        }
    )


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 6) if len(values) else 0.0
