"""Whether predicted rows help cold items: lists with them against lists without, of the same users
and all unseen items.

What they cost the validation fold says. It has cold items in their natural share if those that were
hidden are left out of it, as targets and in the lists: else what is gained on items that are cold
by intent alone would stand for what is lost on the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import judges
from recsys.dataset.sparse import columns_kept
from recsys.models.hidden_items import Hidden, without
from recsys.models.manifest import ColdClass
from recsys.ranking.metrics import (
    CUTOFFS,
    METRICS,
    ScorersInTurn,
    metrics_at_each,
)
from recsys.ranking.top_k import Lister
from recsys.statistics.bootstrap import MeanInterval, resample

PLAIN = "without"  # the name of the lists without predicted rows
SAMPLES = 1000
USERS = 20_000  # at most so many of the fold, and of those who take such items, judge


@dataclass(frozen=True)
class Verdict:
    """Whether the predicted rows help a class of items, and by what figures.

    Cold recall is of the users who take an item of the class next, in the list as served.
    """

    used: bool
    items: int  # of the class
    cold_users: int
    cold_recall_at_10: float  # with the predicted rows
    cold_recall_at_10_without: float
    cold_recall_at_10_change_low: (
        float  # the lower end of its 95 % interval, paired by user
    )
    ndcg_at_10_change: float  # of the validation users
    ndcg_at_10_change_high: float  # the upper end of its 95 % interval

    def sentence(self) -> str:
        """One line for people."""
        return (
            f"{'used' if self.used else 'switched off'}: "
            f"{self.items} items are found with recall_at_10 "
            f"{self.cold_recall_at_10:.3f} in the list as served, "
            f"{self.cold_recall_at_10_without:.3f} without it (of {self.cold_users} users); "
            f"ndcg_at_10 of the validation fold {self.ndcg_at_10_change:+.4f} "
            f"(at most {self.ndcg_at_10_change_high:+.4f})"
        )

    def as_note(self) -> ColdClass:
        """For the manifest, figures with six decimals."""
        rounded = {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        return ColdClass.model_validate(rounded)


class Comparison:
    """Lists with predicted rows against those without, of the same users and all unseen items.

    `items` (items,) bool are those of each class, by its name. `scores_of` gives the scores of the
    classes of these names, each with its predicted rows, and of PLAIN, without any. `held_out` is
    csr (users, items): the validation fold.
    """

    def __init__(
        self,
        items: Mapping[str, np.ndarray],
        scores_of: Callable[[Sequence[str]], ScorersInTurn],
        hidden: Hidden,
        held_out: csr_matrix,
        seed: int,
        lister: Lister | None = None,
    ) -> None:
        self.items, self.scores_of = items, scores_of
        self.hidden, self.held_out = hidden, held_out
        self.seed, self.lister = seed, lister
        self.seen = hidden.left.seen
        of_fold = self._of_fold([PLAIN, *items])
        self.fold_changes = _changes(
            {name: of_fold[name].ndcg - of_fold[PLAIN].ndcg for name in items}, seed
        )

    def verdict(self, name: str) -> Verdict:
        """Used if the items of a class are found better, and the validation fold loses nothing
        beyond the 95 % interval of its difference.

        The former is by the mean recall, at a tie by the mean ndcg, of at most USERS users with
        such a positive among the hidden ones or those of the fold. All differences are paired by
        user.
        """
        items = self.items[name]
        targets = (self.hidden.targets + self.held_out).tocsr()
        wanted = judges(columns_kept(targets, items), USERS)
        names = [PLAIN, name]
        found = self._metrics(self.scores_of(names), names, wanted)
        cold, cold_without = found[name], found[PLAIN]
        recall_change = _changes({name: cold.recall - cold_without.recall}, self.seed)
        ndcg_change = self.fold_changes[name]
        return Verdict(
            used=cold.means() > cold_without.means() and ndcg_change.high >= 0,
            items=int(items.sum()),
            cold_users=len(cold.recall),
            cold_recall_at_10=_mean(cold.recall),
            cold_recall_at_10_without=_mean(cold_without.recall),
            cold_recall_at_10_change_low=recall_change[name].low,
            ndcg_at_10_change=ndcg_change.mean,
            ndcg_at_10_change_high=ndcg_change.high,
        )

    def _of_fold(self, names: Sequence[str]) -> dict[str, "_Metrics"]:
        """Of the fold without the hidden items, in lists without them."""
        every, gone = self.scores_of(names), np.flatnonzero(self.hidden.items)

        def scores_of(users: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
            for name, scores in every(users):
                yield name, without(scores, gone)

        fold = columns_kept(self.held_out, ~self.hidden.items)
        return self._metrics(scores_of, names, fold)

    def _metrics(
        self, scores_of: ScorersInTurn, names: Sequence[str], held_out: csr_matrix
    ) -> dict[str, "_Metrics"]:
        if not held_out.nnz:
            return dict.fromkeys(names, _Metrics(np.zeros(0), np.zeros(0)))
        found = metrics_at_each(
            scores_of, names, self.seen, held_out, CUTOFFS, self.lister
        )
        return {
            name: _Metrics(*(per_user[metric] for metric in METRICS))
            for name, per_user in found.items()
        }


class _Metrics(NamedTuple):
    """recall_at_10 and ndcg_at_10 of each user with a held-out positive, (n,) float64."""

    recall: np.ndarray
    ndcg: np.ndarray

    def means(self) -> tuple[float, float]:
        return _mean(self.recall), _mean(self.ndcg)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _changes(changes: Mapping[str, np.ndarray], seed: int) -> dict[str, MeanInterval]:
    """The mean of each change (users,), of the same users, with its 95 % interval; zeros where
    there is nobody.
    """
    if not any(map(len, changes.values())):
        return dict.fromkeys(changes, MeanInterval(0.0, 0.0, 0.0))
    resampled = resample(changes, SAMPLES, seed)
    return {name: one.interval() for name, one in resampled.items()}
