"""What fits the shop: settings and hybrid weights, judged on its own validation fold as served.

The section of params.yaml is the prior: a setting that was chosen over many shops. Others are
judged by ndcg_at_10 of the same held-out positives, and the prior is left only for a lead of more
than one standard error of the difference, paired by user. A fold of a small shop is soon flattered
by one of many settings; what is in doubt stays as it is.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple, TypeVar

import numpy as np
from scipy import special
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions, judges
from recsys.dataset.training_inputs import Inputs
from recsys.models.manifest import Search, Setting
from recsys.models.params import OFF, TrainParams
from recsys.models.warm_start import Start
from recsys.ranking import hybrid
from recsys.ranking.hybrid import Beside
from recsys.ranking.places import gains, places_by_each
from recsys.ranking.top_k import Scorer
from recsys.ranking.weights import Weights

log = logging.getLogger(__name__)

USERS = 5000  # at most so many of the fold judge
OBJECTIVE = "ndcg_at_10"
BEYOND_DOUBT = 5  # standard errors; the luckiest of a thousand equal settings has 3.2
PRIOR = "params.yaml"  # the name of what the section says
CONTENT = (0.0, 0.1, 0.3, 0.6, 1.0)
POPULARITY = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
NEIGHBOURS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
MEMORY = (0.0, 1.0, 2.0, 5.0)  # where neighbours weigh something
GRID = tuple(
    Weights(content=c, popularity=p, neighbours=n, memory=m)
    for c, p, n, m in product(CONTENT, POPULARITY, NEIGHBOURS, MEMORY)
    if n or not m
)

AnyParams = TypeVar("AnyParams", bound=TrainParams)


@dataclass(frozen=True)
class Fold:
    """What all settings are fitted on and judged by."""

    known: Interactions  # without the held-out positives
    held_out: csr_matrix  # (users, items), one of some users
    beside: Beside

    def judged(self, score: Scorer, weights: Sequence[Weights]) -> np.ndarray:
        """ndcg_at_10 of each user with each of the weights, (weights, users) float64."""
        return self.judged_each([score], weights)[0]

    def judged_each(
        self, scores: Sequence[Scorer], weights: Sequence[Weights]
    ) -> list[np.ndarray]:
        """The same of each scorer; what is beside their scores is made once for all."""
        found = places_by_each(scores, self.known, self.held_out, self.beside, weights)
        return [gains(one, OBJECTIVE) for one in found]


class Lead(NamedTuple):
    """A mean difference and its standard error."""

    mean: float
    error: float
    differing: int  # users whose difference is not 0

    @property
    def is_sure(self) -> bool:
        return self.mean > self.error

    @property
    def is_beyond_doubt(self) -> bool:
        """So large that neither the many settings nor the seed of a fit explain it."""
        return self.is_above(BEYOND_DOUBT)

    def is_above(self, errors: float) -> bool:
        """Whether it is above so many standard errors, and of enough users to say so: all of k fall
        the same way by chance in one of 2 ** k cases, and their spread then says nothing.
        """
        return self.mean > errors * self.error and by_signs(self.differing) > errors


class Candidate(NamedTuple):
    """A setting with the best weights for it."""

    name: str
    at: int  # of its weights among `all_weights`
    values: np.ndarray  # ndcg_at_10 of each user, (users,) float64


def judges_of(inputs: Inputs) -> csr_matrix | None:
    """The held-out positives (users, items) of the users who judge; None if the shop holds nothing
    out, or more than one of a user.
    """
    held_out = judges(inputs.held_out, USERS)
    if not held_out.nnz or np.diff(held_out.indptr).max() > 1:
        return None
    return held_out


def fold_of(inputs: Inputs, prior: Weights) -> Fold | None:
    """The fold of a shop; None if it holds nothing out, or more than one of a user."""
    held_out = judges_of(inputs)
    if held_out is None:
        return None
    known = inputs.fold()
    beside = hybrid.beside(known.binary, inputs.vectors, prior, *GRID)
    return Fold(known, held_out, beside)


def lead(ours: np.ndarray, theirs: np.ndarray) -> Lead:
    """Of two metrics of the same users, (users,) float64 each."""
    change = ours - theirs
    error = change.std(ddof=1) / np.sqrt(len(change)) if len(change) > 1 else np.inf
    return Lead(float(change.mean()), float(error), int(np.count_nonzero(change)))


def by_signs(users: int) -> float:
    """How many standard errors are as unlikely as that so many users all fall the same way."""
    return -float(special.ndtri(0.5**users)) if users else 0.0


def all_weights(prior: Weights) -> list[Weights]:
    """The weights of the prior, then those of GRID."""
    return [prior, *GRID]


def weights_at(at: int, prior: Weights) -> Weights:
    """One of `all_weights`."""
    return all_weights(prior)[at]


def candidates(judged: Mapping[str, np.ndarray], prior: Weights) -> list[Candidate]:
    """Each setting with its best weights, the best first; of equal ones the first.

    `judged` has the gains of each by its name, with `all_weights`: (weights, users) float64.
    """
    made = []
    for name, values in judged.items():
        at = _best_at(values, prior)
        made.append(Candidate(name, at, values[at]))
    return sorted(made, key=lambda one: -one.values.mean())


def _best_at(values: np.ndarray, prior: Weights) -> int:
    """The best of `all_weights` by their gains (weights, users); another memory than that of the
    prior is taken only for a lead of more than its error: most shops need none.
    """
    means = values.mean(axis=1)
    memory = np.array([one.memory for one in all_weights(prior)[: len(means)]])
    best = int(np.argmax(means))
    usual = int(np.argmax(np.where(memory == prior.memory, means, -1.0)))
    return best if lead(values[best], values[usual]).is_sure else usual


def settings_note(
    judged: Mapping[str, np.ndarray],
    changes: Mapping[str, dict[str, Any]],
    prior: Weights,
) -> list[Setting]:
    """For the manifest: each setting and what it gave."""
    made = []
    for one in candidates(judged, prior):
        given = judged[one.name][0].mean()
        made.append(
            Setting(
                name=one.name,
                changes=changes.get(one.name, {}),
                hybrid=weights_at(one.at, prior).model_dump(),
                ndcg_at_10=round(float(one.values.mean()), 6),
                ndcg_at_10_as_given=round(float(given), 6),
            )
        )
    return made


def said(note: Search, weights: Weights, model: str) -> None:
    """One line of the log."""
    log.info(
        "%s search: %s with content %g, popularity %g, neighbours %g (memory %g) is taken; "
        "ndcg_at_10 of %d validation users %+.4f (standard error %.4f) from params.yaml; "
        "best of each: %s",
        *(model, note.taken, weights.content, weights.popularity, weights.neighbours),
        *(weights.memory, note.users, note.lead, note.error),
        ", ".join(f"{one.name} {one.ndcg_at_10:.4f}" for one in note.settings),
    )


def choose_weights(
    scores: Sequence[Scorer], inputs: Inputs, params: AnyParams, start: Start | None
) -> tuple[AnyParams, Search | None]:
    """The params with the hybrid weights that fit the shop, and what was found out.

    `scores` are those of fits without the validation fold, with one seed or some: weights are
    judged by the mean over them. From a warm start the weights are those that it served with: it
    has seen the fold, and there are no scores. Unchanged with `search: off`.
    """
    if params.search == OFF:
        return params, None
    if start is not None and start.weights is not None:
        return params.model_copy(update={"hybrid": start.weights}), None
    fold = fold_of(inputs, params.hybrid)
    if fold is None or not scores:
        return params, None
    tried = all_weights(params.hybrid)
    judged = np.mean(fold.judged_each(scores, tried), axis=0)
    best = candidates({PRIOR: judged}, params.hybrid)[0]
    ahead = lead(best.values, judged[0])
    weights = weights_at(best.at if ahead.is_sure else 0, params.hybrid)
    note = Search(
        users=judged.shape[1],
        settings=settings_note({PRIOR: judged}, {}, params.hybrid),
        taken=PRIOR,
        changes={},
        lead=round(ahead.mean, 6),
        error=round(ahead.error, 6),
        leads_again=[],
    )
    said(note, weights, params.MODEL_TYPE)
    return params.model_copy(update={"hybrid": weights}), note
