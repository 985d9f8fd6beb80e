"""Factors for cold items, from what their texts say: a ridge map from embeddings to factors, fitted
on warm items.

An item with n training positives, n under the threshold t, gets

    y_i = (n / t) y_i + (1 - n / t) m_i,     m_i = l (W v_i) / |W v_i|

so one without any is all map, and the rows join at the threshold. Only the direction of W v_i is
taken: how long a row is says how popular the item is, which its text does not know; l is the mean
length of W v over all items. Presetting factors before the fit does nothing for cold items: the fit
overwrites them.

Whether the map is used is found out by a fit that sees neither the validation fold nor any
interaction of HIDDEN of the items (`hide`): these must be found better among themselves with it,
and the validation fold must lose nothing (`verdict`).
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import entries_per_row, item_counts
from recsys.dataset.training_inputs import Inputs
from recsys.models import cold_items, ridge_map
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn
from recsys.models.model import Model, Predict, Serving, Trained
from recsys.models.warm_start import Start
from recsys.program.seeds import generator
from recsys.ranking import hybrid, metrics
from recsys.ranking.top_k import Scorer
from recsys.statistics import bootstrap

log = logging.getLogger(__name__)
SAMPLES = 1000
HIDDEN = 0.2  # the share of items that are made cold, to see whether the map finds them


def hide(known: Interactions, seed: int) -> tuple[Interactions, np.ndarray, csr_matrix]:
    """The interactions without a share HIDDEN of the items with a positive, drawn at random; which
    these are, (items,) bool; and their positives (users, items), of users to whom another positive
    is left.
    """
    counts = item_counts(known.binary)
    bought = np.flatnonzero(counts)
    chosen = generator(seed).permutation(bought)[: round(HIDDEN * len(bought))]
    hidden = np.zeros(len(counts), dtype=bool)
    hidden[chosen] = True
    left = known.without_items(hidden)
    positives = known.binary.multiply(
        hidden[None, :] & (entries_per_row(left.binary) > 0)[:, None]
    ).tocsr()
    positives.eliminate_zeros()
    return left, hidden, positives


@dataclass(frozen=True)
class Verdict:
    """Whether the predicted rows help, and by what figures."""

    used: bool
    hidden_items: int
    cold_users: int  # users with a positive among the hidden items
    cold_recall_at_10: (
        float  # of these users, the hidden items ranked among themselves, with the predicted rows
    )
    cold_recall_at_10_without: float
    cold_recall_at_10_change_low: (
        float  # the lower end of the 95 % interval of the paired difference
    )
    ndcg_at_10_change: float  # of the validation users, ranked among all items
    ndcg_at_10_change_high: float  # the upper end of its 95 % interval

    def sentence(self) -> str:
        """One line for people."""
        return (
            f"{'used' if self.used else 'switched off'}: {self.hidden_items} hidden items are found with recall_at_10 "
            f"{self.cold_recall_at_10:.3f} among themselves, {self.cold_recall_at_10_without:.3f} without it (of "
            f"{self.cold_users} users); ndcg_at_10 of the validation fold {self.ndcg_at_10_change:+.4f} (at most "
            f"{self.ndcg_at_10_change_high:+.4f})"
        )

    def as_dict(self) -> dict[str, float | bool]:
        """For the manifest."""
        return {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def verdict(
    score_with: Callable[[np.ndarray], Scorer],
    with_rows: np.ndarray,
    without: np.ndarray,
    hidden: np.ndarray,
    targets: csr_matrix,
    seen: csr_matrix,
    held_out: csr_matrix,
    seed: int,
) -> Verdict:
    """Used if hidden items are found better among themselves, and the validation fold loses nothing
    beyond the 95 % interval of its difference. The former is by the mean recall, at a tie (all of
    few are found) by the mean ndcg: a wrong guess between two as good costs nothing.

    `score_with` makes a scorer of item factors (items, f). `hidden` (items,) bool and `targets` are
    from `hide`; `seen` and `held_out` are csr (users, items). All differences are paired by user.
    """
    rows = (with_rows, without)
    among = [_metric(_only(score_with(one), hidden), seen, targets, "recall_at_10") for one in rows]
    order = [_metric(_only(score_with(one), hidden), seen, targets, "ndcg_at_10") for one in rows]
    ndcg = [_metric(score_with(one), seen, held_out, "ndcg_at_10") for one in rows]
    _, low, _ = _change(among[0] - among[1], seed)
    change, _, high = _change(ndcg[0] - ndcg[1], seed)
    return Verdict(
        used=(_mean(among[0]), _mean(order[0])) > (_mean(among[1]), _mean(order[1])) and high >= 0,
        hidden_items=int(hidden.sum()),
        cold_users=len(among[0]),
        cold_recall_at_10=_mean(among[0]),
        cold_recall_at_10_without=_mean(among[1]),
        cold_recall_at_10_change_low=low,
        ndcg_at_10_change=change,
        ndcg_at_10_change_high=high,
    )


def _only(score: Scorer, hidden: np.ndarray) -> Scorer:
    """The same scores for the hidden items; the others cannot be ranked."""
    return lambda users: np.where(hidden, score(users), np.float32(-np.inf))


def _metric(score: Scorer, seen: csr_matrix, held_out: csr_matrix, name: str) -> np.ndarray:
    """The metric of each user with a held-out positive, (n,)."""
    return metrics.metrics_of(score, seen, held_out)[name] if held_out.nnz else np.zeros(0)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _change(difference: np.ndarray, seed: int) -> tuple[float, float, float]:
    """The mean of `difference` (users,) and the ends of its 95 % interval; zeros where there is
    nobody.
    """
    if not len(difference):
        return 0.0, 0.0, 0.0
    low, high = bootstrap.interval(bootstrap.resampled_means(difference[:, None], SAMPLES, seed))
    return float(difference.mean()), float(low[0]), float(high[0])


def settled(
    trained: Trained,
    refit: Callable[[Interactions], Trained],
    predict: Predict,
    new_user: FoldIn,
    inputs: Inputs,
    serving: Serving,
    start: Start | None,
) -> Model:
    """The model of a fit, with rows for cold items if they help.

    `refit` is the same fit on other interactions: for the verdict, which is found by the score that
    will serve. From a warm start it is the verdict on the model that it started from: that one has
    seen what should be hidden.
    """
    notes: dict[str, Any] = {"embedding_space": inputs.space}
    if serving.cold_start != "off":
        notes["cold_start"] = (
            {"used": start.cold_rows} if start else _judged(refit, predict, inputs, serving)
        )
    item_factors = trained.item_factors
    if notes.get("cold_start", {}).get("used"):
        item_factors = _filled(item_factors, predict, inputs.known, serving.cold_threshold)
    ids = inputs.ids
    return Model(
        Factors(ids.users, ids.items, trained.user_factors, item_factors, new_user),
        trained.curve,
        notes,
    )


def _judged(
    refit: Callable[[Interactions], Trained], predict: Predict, inputs: Inputs, serving: Serving
) -> dict[str, float | bool]:
    """Whether predicted rows help, for the manifest; and said in the log."""
    left, hidden, targets = cold_items.hide(inputs.fold(), serving.seed)
    fitted = refit(left)
    verdict = cold_items.verdict(
        lambda rows: _served(fitted.user_factors, rows, left, inputs.vectors, serving.hybrid),
        _filled(fitted.item_factors, predict, left, serving.cold_threshold),
        fitted.item_factors,
        hidden,
        targets,
        left.seen,
        inputs.held_out,
        serving.seed,
    )
    log.info("cold_start %s %s", serving.cold_start, verdict.sentence())
    return verdict.as_dict()


def _filled(
    item_factors: np.ndarray, predict: Predict, known: Interactions, threshold: int
) -> np.ndarray:
    """Item factors (items, f) with the rows of cold items drawn to what is predicted for them."""
    return ridge_map.joined(
        item_factors, predict(item_factors, known), item_counts(known.binary), threshold
    )


def _served(
    user_factors: np.ndarray,
    rows: np.ndarray,
    fold: Interactions,
    vectors: np.ndarray,
    weights: hybrid.Weights,
) -> Scorer:
    """The hybrid score with these item factors."""
    return hybrid.scorer(lambda users: user_factors[users] @ rows.T, fold.binary, vectors, weights)


def by_ridge(vectors: np.ndarray, bias: bool) -> Predict:
    """Predicts rows by the ridge map from embeddings `vectors` (items, d); `bias` if the last
    factor is one.
    """
    return lambda factors, known: ridge_map.mapped(
        vectors, factors, item_counts(known.binary), bias
    )
