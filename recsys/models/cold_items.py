"""Factors for cold items, from what their texts say; and where they are any better for it.

An item with n training positives, n under the threshold t, may get

    y_i = (n / t) y_i + (1 - n / t) m_i

where m_i is what the model predicts for it (recsys/models/ridge_map.py, or the feature prior of
ALS): one without any positive is all prediction, and the rows join at the threshold. Presetting
factors before the fit does nothing for cold items: the fit overwrites them.

Where the predicted rows are used is found out for each class of items by itself (none, 1, or more
positives), by the list as it is served: all unseen items, the hybrid score. A fit that sees neither
the validation fold nor any interaction of some items (recsys/models/hidden_items.py) has such items
of all classes: they must be found better with the predicted rows, and the validation fold must lose
nothing (recsys/models/cold_verdict.py).

The same fit says what places that are kept for new items give (recsys/models/new_items.py). A new
item often stands on such a place or nowhere. So its predicted row is judged in lists that have one,
too, and used where places are kept if it is any better there.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions, judges
from recsys.dataset.sparse import item_counts
from recsys.dataset.training_inputs import Inputs
from recsys.models import new_items
from recsys.models.checkpoints import Part
from recsys.models.cold_verdict import PLAIN, USERS, Comparison, Verdict
from recsys.models.factors import Factors
from recsys.models.hidden_items import Hidden, hide
from recsys.models.manifest import ColdStart, NewItems, Notes
from recsys.models.model import Fit, Trained, TrainedModel
from recsys.models.params import AUTO, OFF
from recsys.models.warm_start import NO_PLACES, Start
from recsys.ranking import hybrid
from recsys.ranking.metrics import ScorersInTurn
from recsys.ranking.new_places import lister
from recsys.ranking.top_k import Scorer

log = logging.getLogger(__name__)


class Class(NamedTuple):
    """Cold items by the number of their positives."""

    name: str
    low: int
    high: int

    def marks(self, counts: np.ndarray) -> np.ndarray:
        """Which of items with so many positives (items,) are of it, (items,) bool."""
        return (counts >= self.low) & (counts <= self.high)


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
    """The model of a fit, with predicted rows for those cold items that they help, and places for
    new items.

    Which these are, and how many, is found out by another fit. From a warm start it is the verdict
    on the model that it started from: that one has seen what should be hidden.
    """
    params = fit.params
    verdict, new = None, NO_PLACES.model_copy(update={"places": params.new_item_places})
    if start:
        verdict, new = start.cold_start, new_items.noted(params, [], start)
    elif params.cold_start != OFF or params.new_item_places != 0:
        verdict, new = judge(fit, inputs.of_some_users())
    notes = Notes(
        embedding_space=inputs.space,
        served=params.hybrid.model_dump(),
        new_items=new,
    )
    if params.cold_start != OFF and verdict is not None:
        notes = notes.model_copy(update={"cold_start": verdict})
        trained = cold_rows_filled(trained, fit, inputs.known, verdict.used_for())
    factors = Factors(
        inputs.ids.users,
        inputs.ids.items,
        trained.user_factors,
        trained.item_factors,
        fit.new_user(start),
    )
    learned = inputs.known.binary
    if start is not None and start.learned is not None:
        learned = (learned + start.learned).tocsr()
    return TrainedModel(factors, trained.curve, notes, learned=learned)


def cold_rows_filled(
    trained: Trained,
    fit: Fit,
    known: Interactions,
    names: Sequence[str] | None,
    predict: Callable[[], np.ndarray] | None = None,
) -> Trained:
    """The same with the rows of the named classes (None: all) drawn to those that are predicted;
    `predict` gives these, (items, f) float32, if not by the fit.
    """
    threshold, counts = fit.params.cold_threshold, item_counts(known.binary)
    chosen = [
        one.marks(counts)
        for one in classes(threshold)
        if names is None or one.name in names
    ]
    if not chosen:
        return trained
    own = trained.item_factors
    predicted = predict() if predict else fit.predict_rows(own, known)
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


def judge(fit: Fit, inputs: Inputs) -> tuple[ColdStart, NewItems]:
    """Which classes predicted rows help, and how many places are for new items: by a fit of its own
    and the list that will serve; also said in the log.
    """
    params = fit.params
    trial = _Trial.of(fit, inputs)
    stated = 0 if params.new_item_places == AUTO else params.new_item_places
    tried = classes(params.cold_threshold) if params.cold_start != OFF else []
    found = trial.verdicts(tried, stated)
    names = [name for name, one in found.items() if one.used]
    plain = kept = trial.served(names)
    in_places = None
    if tried and not stated and not found[tried[0].name].used:
        in_places = trial.verdicts(tried[:1], 1)[tried[0].name]
        if in_places.used:
            kept = trial.served([tried[0].name, *names])
    of_places = new_items.Judge(
        trial.hidden,
        trial.fold,
        inputs.vectors,
        new_items.counts_of(params),
        params.seed,
    )
    new = new_items.noted(params, of_places.judged(plain, kept))
    if in_places and new.places:
        found[tried[0].name] = in_places
    verdict = ColdStart(
        used=any(one.used for one in found.values()),
        classes={name: one.as_note() for name, one in found.items()},
        hidden_items=int(trial.hidden.items.sum()),
    )
    return verdict, new


@dataclass(frozen=True)
class _Trial:
    """A fit without some items, and how lists by it are compared."""

    fit: Fit
    own: Trained
    hidden: Hidden
    fold: csr_matrix  # (users, items), the validation fold of at most USERS
    inputs: Inputs
    beside: hybrid.Beside

    @classmethod
    def of(cls, fit: Fit, inputs: Inputs) -> "_Trial":
        hidden = hide(inputs.fold(), fit.params.seed)
        own = fit.fit(hidden.left, part=Part.HIDDEN)
        fold = judges(inputs.held_out, USERS)
        beside = hybrid.beside(hidden.left.binary, inputs.vectors, fit.params.hybrid)
        return cls(fit, own, hidden, fold, inputs, beside)

    @cached_property
    def predicted(self) -> np.ndarray:
        """The predicted row of every item, (items, f) float32."""
        return self.fit.predict_rows(self.own.item_factors, self.hidden.left)

    def filled(self, names: Sequence[str]) -> Trained:
        """The fit with predicted rows for these classes."""
        return cold_rows_filled(
            *(self.own, self.fit, self.hidden.left, names), lambda: self.predicted
        )

    def served(self, names: Sequence[str]) -> Scorer:
        """The score that serves, with predicted rows for these classes."""
        left, weights = self.hidden.left, self.fit.params.hybrid
        trained = self.filled(names)
        return lambda users: hybrid.blended(
            trained.score(users), left.aged[users], self.beside, weights
        )

    def in_turn(self, classes: Mapping[str, Sequence[str]]) -> ScorersInTurn:
        """`served` for each of these names of classes; what is not of the factors is made once."""
        left, weights = self.hidden.left, self.fit.params.hybrid
        rows = {name: self.filled(names) for name, names in classes.items()}

        def scores_of(users: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
            others = hybrid.parts_beside(left.aged[users], self.beside, weights)
            for name, trained in rows.items():
                yield name, hybrid.joined(trained.score(users), others, weights)

        return scores_of

    def verdicts(self, tried: Sequence[Class], places: int) -> dict[str, Verdict]:
        """On the predicted rows of each class, in lists with so many places for new items."""
        left, params = self.hidden.left, self.fit.params
        made = lister(places, left, self.inputs.vectors, left.binary)
        counts = item_counts(left.binary)
        compared = Comparison(
            {one.name: one.marks(counts) for one in tried},
            lambda names: self.in_turn(
                {name: [] if name == PLAIN else [name] for name in names}
            ),
            *(self.hidden, self.fold, params.seed, made),
        )
        found = {}
        for one in tried:
            found[one.name] = compared.verdict(one.name)
            log.info(
                "cold_start %s, %s positives%s, %s",
                *(params.cold_start, one.name),
                f", with {places} of ten places for new items" if places else "",
                found[one.name].sentence(),
            )
        return found
