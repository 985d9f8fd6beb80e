"""Factors for cold items, from what their texts say; and where they are any better for it.

An item with n training positives, n under the threshold t, may get

    y_i = (n / t) y_i + (1 - n / t) m_i

where m_i is what the model predicts for it (recsys/models/ridge_map.py, or the feature prior of
ALS): one without any positive is all prediction, and the rows join at the threshold. Presetting
factors before the fit does nothing for cold items: the fit overwrites them.

Where the predicted rows are used is found out for each class of items by itself (none, 1, or more
positives), by the list as it is served: all unseen items, the hybrid score. A fit that sees neither
the validation fold nor any interaction of HIDDEN of the items (`hide`) has such items of all
classes: they must be found better with the predicted rows, and the validation fold must lose
nothing (`Comparison`).
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions, some_users
from recsys.dataset.sparse import columns_kept, entries_per_row, item_counts
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import Part
from recsys.models.factors import Factors
from recsys.models.manifest import ColdClass, ColdStart, Notes
from recsys.models.model import Fit, Trained, TrainedModel
from recsys.models.params import OFF
from recsys.models.warm_start import Start
from recsys.program.seeds import generator
from recsys.ranking import hybrid
from recsys.ranking.metrics import metrics_of
from recsys.ranking.top_k import Scorer
from recsys.statistics.bootstrap import MeanInterval, resample

log = logging.getLogger(__name__)

SAMPLES = 1000
USERS = 20_000  # at most so many of the fold, and of those who take such items, judge
HIDDEN = 0.2  # the share of items that are made cold, to see whether they are found


class Hidden(NamedTuple):
    """Interactions without those of some items, to which these are therefore cold."""

    left: Interactions
    items: np.ndarray  # which are hidden, (items,) bool
    targets: csr_matrix  # their positives (users, items), of users to whom another one is left


class Class(NamedTuple):
    """Cold items by the number of their positives."""

    name: str
    low: int
    high: int

    def marks(self, counts: np.ndarray) -> np.ndarray:
        """Which of items with so many positives (items,) are of it, (items,) bool."""
        return (counts >= self.low) & (counts <= self.high)


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


def classes(threshold: int) -> list[Class]:
    """The classes of items with fewer positives than the threshold."""
    last = threshold - 1
    more = Class("2" if last == 2 else f"2-{last}", 2, last)
    return [
        one for one in (Class("0", 0, 0), Class("1", 1, 1), more) if one.low <= last
    ]


def with_cold_rows(
    trained: Trained, fit: Fit, inputs: Inputs, start: Start | None
) -> TrainedModel:
    """The model of a fit, with predicted rows for those cold items that they help.

    Which these are is found out by another fit. From a warm start it is the verdict on the model
    that it started from: that one has seen what should be hidden.
    """
    notes = Notes(embedding_space=inputs.space, served=fit.params.hybrid.model_dump())
    if fit.params.cold_start != OFF:
        verdict = start.cold_start if start else judge(fit, inputs.of_some_users())
        notes = notes.model_copy(update={"cold_start": verdict})
        trained = cold_rows_filled(trained, fit, inputs.known, verdict.used_for())
    factors = Factors(
        inputs.ids.users,
        inputs.ids.items,
        trained.user_factors,
        trained.item_factors,
        fit.new_user(start),
    )
    return TrainedModel(factors, trained.curve, notes)


def cold_rows_filled(
    trained: Trained, fit: Fit, known: Interactions, names: Sequence[str] | None
) -> Trained:
    """The same with the rows of the named classes (None: all) drawn to those that are predicted."""
    threshold, counts = fit.params.cold_threshold, item_counts(known.binary)
    chosen = [
        one.marks(counts)
        for one in classes(threshold)
        if names is None or one.name in names
    ]
    if not chosen:
        return trained
    own, predicted = trained.item_factors, fit.predict_rows(trained.item_factors, known)
    drawn = drawn_to(predicted, own, counts, threshold)
    is_chosen = np.logical_or.reduce(chosen)
    return replace(trained, item_factors=np.where(is_chosen[:, None], drawn, own))


def drawn_to(
    predicted: np.ndarray, item_factors: np.ndarray, counts: np.ndarray, threshold: int
) -> np.ndarray:
    """Factors (items, f) float32 with the rows under the threshold drawn to `predicted`, the rest
    as they are.

    `predicted` and `item_factors` are (items, f) float32, `counts` (items,) training positives.
    """
    own = np.minimum(counts / threshold, 1).astype(np.float32)[:, None]
    return np.where(own < 1, own * item_factors + (1 - own) * predicted, item_factors)


def judge(fit: Fit, inputs: Inputs) -> ColdStart:
    """Which classes predicted rows help, by a fit of its own and the score that will serve; also
    said in the log.
    """
    params = fit.params
    hidden = hide(inputs.fold(), params.seed)
    left, counts = hidden.left, item_counts(hidden.left.binary)
    own = fit.fit(left, part=Part.HIDDEN)
    beside = hybrid.beside(left.binary, inputs.vectors, params.hybrid)

    def served(trained: Trained) -> Scorer:
        return lambda users: hybrid.blended(
            trained.score(users), left.binary[users], beside, params.hybrid
        )

    found = {}
    fold = some_users(inputs.held_out, USERS)
    compared = Comparison(served(own), hidden, fold, params.seed)
    for one in classes(params.cold_threshold):
        rows = served(cold_rows_filled(own, fit, left, [one.name]))
        verdict = compared.with_rows(rows, one.marks(counts))
        log.info(
            "cold_start %s, %s positives, %s",
            *(params.cold_start, one.name, verdict.sentence()),
        )
        found[one.name] = verdict.as_note()
    return ColdStart(
        used=any(one.used for one in found.values()),
        classes=found,
        hidden_items=int(hidden.items.sum()),
    )


def hide(known: Interactions, seed: int) -> Hidden:
    """A share HIDDEN of the items with a positive, drawn at random, taken out of `known`."""
    counts = item_counts(known.binary)
    bought = np.flatnonzero(counts)
    drawn = generator(seed).permutation(bought)
    items = np.zeros(len(counts), dtype=bool)
    items[drawn[: round(HIDDEN * len(bought))]] = True
    left = known.without_items(items)
    others_left = entries_per_row(left.binary) > 0
    targets = known.binary.multiply(items[None, :] & others_left[:, None]).tocsr()
    targets.eliminate_zeros()
    return Hidden(left, items, targets)


class Comparison:
    """Lists with predicted rows against those without, of the same users and all unseen items.

    `held_out` is csr (users, items): the validation fold.
    """

    def __init__(
        self, without: Scorer, hidden: Hidden, held_out: csr_matrix, seed: int
    ) -> None:
        self.without, self.hidden, self.held_out = without, hidden, held_out
        self.seed, self.seen = seed, hidden.left.seen
        self.fold_without = _metrics(without, self.seen, held_out)

    def with_rows(self, score: Scorer, items: np.ndarray) -> Verdict:
        """Used if the `items` (items,) bool of a class are found better, and the validation fold
        loses nothing beyond the 95 % interval of its difference.

        The former is by the mean recall, at a tie by the mean ndcg, of at most USERS users with
        such a positive among the hidden ones or those of the fold. All differences are paired by
        user.
        """
        targets = (self.hidden.targets + self.held_out).tocsr()
        wanted = some_users(columns_kept(targets, items), USERS)
        cold = _metrics(score, self.seen, wanted)
        cold_without = _metrics(self.without, self.seen, wanted)
        fold = _metrics(score, self.seen, self.held_out)
        recall_change = _change(cold.recall, cold_without.recall, self.seed)
        ndcg_change = _change(fold.ndcg, self.fold_without.ndcg, self.seed)
        return Verdict(
            used=cold.means() > cold_without.means() and ndcg_change.high >= 0,
            items=int(items.sum()),
            cold_users=len(cold.recall),
            cold_recall_at_10=_mean(cold.recall),
            cold_recall_at_10_without=_mean(cold_without.recall),
            cold_recall_at_10_change_low=recall_change.low,
            ndcg_at_10_change=ndcg_change.mean,
            ndcg_at_10_change_high=ndcg_change.high,
        )


class _Metrics(NamedTuple):
    """recall_at_10 and ndcg_at_10 of each user with a held-out positive, (n,) float64."""

    recall: np.ndarray
    ndcg: np.ndarray

    def means(self) -> tuple[float, float]:
        return _mean(self.recall), _mean(self.ndcg)


def _metrics(score: Scorer, seen: csr_matrix, held_out: csr_matrix) -> _Metrics:
    if not held_out.nnz:
        return _Metrics(np.zeros(0), np.zeros(0))
    per_user = metrics_of(score, seen, held_out)
    return _Metrics(per_user["recall_at_10"], per_user["ndcg_at_10"])


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _change(ours: np.ndarray, theirs: np.ndarray, seed: int) -> MeanInterval:
    """The mean of the difference (users,) with its 95 % interval; zeros where there is nobody."""
    if not len(ours):
        return MeanInterval(0.0, 0.0, 0.0)
    return resample({"change": ours - theirs}, SAMPLES, seed)["change"].interval()
