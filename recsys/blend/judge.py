"""Does a blend of both models serve this shop better than either? The validation fold says it.

A blend is the sum of the z-scored scores of both, so much of one and the rest of the other; with
the hybrid weights of either, or these with one of the parts changed. It is offered only for a lead
over the better model that is worth a model of twice the size, of more than one standard error of
the difference, paired by user, and that stands over both models with another seed of the fits; or
for one that is beyond doubt at once.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from recsys.blend.rows import side_by_side
from recsys.models.blend_verdict import Figures, Verdict
from recsys.models.choice import CONTENT, NEIGHBOURS, POPULARITY, Fold, Lead, lead
from recsys.models.fold_rows import FoldRows
from recsys.ranking.weights import Weights

AROUND = {"content": CONTENT, "popularity": POPULARITY, "neighbours": NEIGHBOURS}

# als and bpr, in this order
Both = tuple[FoldRows, FoldRows]
# the same fits with another seed; None if they cannot be had
Again = Callable[[], Both | None]


class Blend(NamedTuple):
    """What is summed, and by which weights it is served."""

    share: float  # of als
    weights: Weights


class Judged(NamedTuple):
    """The best blend, and what was found out."""

    blend: Blend
    figures: Figures
    verdict: Verdict  # which has them too


def blended(rows: Both, share: float) -> FoldRows:
    """The rows of the blend with this share of als."""
    pairs = [(one.user_factors, one.item_factors) for one in rows]
    made = side_by_side(pairs, [share, 1 - share])
    return FoldRows(made.user_factors, made.item_factors)


def around(weights: Sequence[Weights]) -> list[Weights]:
    """These weights, and each with one part changed; none twice."""
    changed = (
        one.model_copy(update={part: value})
        for one in weights
        for part, values in AROUND.items()
        for value in values
    )
    return list(dict.fromkeys([*weights, *changed]))


def judge(
    rows: Both,
    served: Sequence[Weights],
    fold: Fold,
    shares: Sequence[float],
    least_lead: float,
    again: Again | None,
) -> Judged:
    """The best blend by `fold`. `served` are the weights of als and of bpr, `least_lead` is a share
    of what the better one gives; without `again` a lead must be beyond doubt.
    """
    of_fold = _OfFold(fold, served)
    own = of_fold.singles(rows)
    blend, values = of_fold.best(rows, shares)
    better = max(own, key=lambda one: float(one.mean()))
    ahead = lead(values, better)
    is_enough = ahead.mean >= least_lead * float(better.mean())
    offered, why, leads = _decided(of_fold, blend, ahead, is_enough, again)
    figures = Figures(
        users=len(values),
        share=blend.share,
        hybrid=blend.weights.model_dump(),
        ndcg_at_10=_mean(values),
        als_ndcg_at_10=_mean(own[0]),
        bpr_ndcg_at_10=_mean(own[1]),
        lead=round(ahead.mean, 6),
        error=round(ahead.error, 6),
        leads_again=[round(one.mean, 6) for one in leads],
    )
    verdict = Verdict(offered=offered, why=why, figures=figures)
    return Judged(blend, figures, verdict)


class _OfFold(NamedTuple):
    """What the fold says of models and blends: ndcg_at_10 of each user, (users,) float64."""

    fold: Fold
    served: Sequence[Weights]

    def singles(self, rows: Both) -> list[np.ndarray]:
        """Of each model as it serves."""
        return [
            self.values(one, [weights])[0]
            for one, weights in zip(rows, self.served, strict=True)
        ]

    def values(self, rows: FoldRows, weights: Sequence[Weights]) -> np.ndarray:
        """With each of the weights, (weights, users)."""
        return self.values_of_each([rows], weights)[0]

    def values_of_each(
        self, fits: Sequence[FoldRows], weights: Sequence[Weights]
    ) -> list[np.ndarray]:
        """Of each of the fits, with each of the weights, (weights, users) each."""
        scores = [rows.scorer(self.fold.held_out) for rows in fits]
        return self.fold.judged_each(scores, weights)

    def best(self, rows: Both, shares: Sequence[float]) -> tuple[Blend, np.ndarray]:
        """The blend with the highest mean; of equal ones the first."""
        found = list(self._tried(rows, shares))
        return max(found, key=lambda one: float(one[1].mean()))

    def _tried(
        self, rows: Both, shares: Sequence[float]
    ) -> Iterator[tuple[Blend, np.ndarray]]:
        weights = around(self.served)
        fits = [blended(rows, share) for share in shares]
        every = self.values_of_each(fits, weights)
        for share, values in zip(shares, every, strict=True):
            at = int(np.argmax(values.mean(axis=1)))
            yield Blend(share, weights[at]), values[at]


def _decided(
    of_fold: _OfFold, blend: Blend, ahead: Lead, is_enough: bool, again: Again | None
) -> tuple[bool, str, list[Lead]]:
    """Whether it is offered, why, and its leads over each model with another seed."""
    if not ahead.is_sure:
        return False, "its lead is not more than its error", []
    if not is_enough:
        return False, "its lead is not worth twice the size (blend.least_lead)", []
    if ahead.is_beyond_doubt:
        return True, "its lead is beyond doubt", []
    if again is None:
        return (
            False,
            "its lead is not beyond doubt; the shop is too large to fit again, or Spark fits it",
            [],
        )
    rows = again()
    if rows is None:
        return False, "the fits with another seed failed", []
    ours = of_fold.values(blended(rows, blend.share), [blend.weights])[0]
    leads = [lead(ours, theirs) for theirs in of_fold.singles(rows)]
    if all(one.is_sure for one in leads):
        return True, "its lead stands with another seed", leads
    return False, "its lead does not stand with another seed", leads


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 6)
