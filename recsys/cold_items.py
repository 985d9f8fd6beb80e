"""Factors for cold items, from what their texts say: a ridge map from embeddings to factors, fitted on warm items.

An item with n training positives, n under the threshold t, gets

    y_i = (n / t) y_i + (1 - n / t) m_i,     m_i = l (W v_i) / |W v_i|

so one without any is all map, and the rows join at the threshold. Only the direction of W v_i is taken: how long a row
is says how popular the item is, which its text does not know; l is the mean length of W v over all items. Presetting
factors before the fit does nothing for cold items: the fit overwrites them.

Whether the map is used is found out by a fit that sees neither the validation fold nor any interaction of HIDDEN of the
items (`hide`): these must be found better among themselves with it, and the validation fold must lose nothing
(`verdict`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recsys import intervals, validation
from recsys.ranking import Scorer
from recsys.validation import Interactions

RIDGES = 10.0 ** np.arange(-2, 4.5, 0.5)  # tried in turn
SAMPLES = 1000
HIDDEN = 0.2  # the share of items that are made cold, to see whether the map finds them


def ridge_map(vectors: np.ndarray, factors: np.ndarray) -> np.ndarray | None:
    """W (d + 1, f) float64 that takes vectors (items, d) and a constant to factors (items, f) with the least error.

    The ridge is the one of RIDGES with the smallest leave-one-out error, in closed form (Allen, 1974: the residual
    over 1 - leverage). The constant is not penalised. None if the mean of the other rows predicts a row as well.
    """
    centre, mean = vectors.mean(axis=0, dtype=np.float64), factors.mean(axis=0, dtype=np.float64)
    F, Y = vectors - centre, factors - mean
    values, directions = np.linalg.eigh(F.T @ F)
    rotated = F @ directions
    target = rotated.T @ Y
    best, least = None, float(((Y / (1 - 1 / len(F))) ** 2).sum())
    for ridge in RIDGES:
        shrunk = rotated / (np.maximum(values, 0) + ridge)
        leverage = (shrunk * rotated).sum(axis=1) + 1 / len(F)
        error = float((((Y - shrunk @ target) / np.maximum(1 - leverage, 1e-6)[:, None]) ** 2).sum())
        if error < least:
            best, least = directions @ (target / (np.maximum(values, 0) + ridge)[:, None]), error
    return None if best is None else np.vstack([best, mean - centre @ best])


def mapped(vectors: np.ndarray, item_factors: np.ndarray, counts: np.ndarray, bias: bool) -> np.ndarray:
    """What the ridge map gives for every item, (items, f) float32; learned from items with a positive.

    `bias` says that the last factor is one: it is the mean of the predicted ones for all. An item without a text keeps
    its row; so do all where fewer than two items can teach, or where texts say nothing of factors.
    """
    said: np.ndarray = np.any(vectors != 0, axis=1)
    warm = (counts > 0) & said
    W = ridge_map(vectors[warm], item_factors[warm]) if warm.sum() > 1 else None
    if W is None:
        return item_factors
    made = vectors[said] @ W[:-1] + W[-1]
    taste = made[:, :-1] if bias else made
    length = np.linalg.norm(taste, axis=1, keepdims=True)
    taste *= np.divide(length.mean(), length, out=np.zeros_like(length), where=length > 0)
    if bias:
        made[:, -1] = made[:, -1].mean()
    rows = item_factors.copy()
    rows[said] = made
    return rows


def joined(item_factors: np.ndarray, predicted: np.ndarray, counts: np.ndarray, threshold: int) -> np.ndarray:
    """Factors (items, f) float32 with the rows under the threshold drawn to `predicted`, the rest as they are."""
    own = np.minimum(counts / threshold, 1).astype(np.float32)[:, None]
    return np.where(own < 1, own * item_factors + (1 - own) * predicted, item_factors)


def hide(known: Interactions, seed: int) -> tuple[Interactions, np.ndarray, csr_matrix]:
    """The interactions without a share HIDDEN of the items with a positive, drawn at random; which these are, (items,)
    bool; and their positives (users, items), of users to whom another positive is left.
    """
    counts = np.bincount(known.binary.indices, minlength=known.binary.shape[1])
    bought = np.flatnonzero(counts)
    chosen = np.random.Generator(np.random.PCG64(seed)).permutation(bought)[: round(HIDDEN * len(bought))]
    hidden = np.zeros(len(counts), dtype=bool)
    hidden[chosen] = True
    left = known.without_items(hidden)
    positives = known.binary.multiply(hidden[None, :] & (np.diff(left.binary.indptr) > 0)[:, None]).tocsr()
    positives.eliminate_zeros()
    return left, hidden, positives


@dataclass(frozen=True)
class Verdict:
    """Whether the predicted rows help, and by what figures."""

    used: bool
    hidden_items: int
    cold_users: int  # users with a positive among the hidden items
    cold_recall_at_10: float  # of these users, the hidden items ranked among themselves, with the predicted rows
    cold_recall_at_10_without: float
    cold_recall_at_10_change_low: float  # the lower end of the 95 % interval of the paired difference
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
        return {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(self).items()}


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
    """Used if hidden items are found better among themselves, and the validation fold loses nothing beyond the 95 %
    interval of its difference. The former is by the mean recall, at a tie (all of few are found) by the mean ndcg: a
    wrong guess between two as good costs nothing.

    `score_with` makes a scorer of item factors (items, f). `hidden` (items,) bool and `targets` are from `hide`; `seen`
    and `held_out` are csr (users, items). All differences are paired by user.
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
    return validation.metrics_of(score, seen, held_out)[name] if held_out.nnz else np.zeros(0)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0


def _change(difference: np.ndarray, seed: int) -> tuple[float, float, float]:
    """The mean of `difference` (users,) and the ends of its 95 % interval; zeros where there is nobody."""
    if not len(difference):
        return 0.0, 0.0, 0.0
    low, high = intervals.interval(intervals.resampled_means(difference[:, None], SAMPLES, seed))
    return float(difference.mean()), float(low[0]), float(high[0])
