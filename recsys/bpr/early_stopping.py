"""When to stop: a fit is watched by the recall of positives that it does not learn from."""

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr.params import EarlyStopping
from recsys.dataset.interactions import judges
from recsys.models.checkpoints import State
from recsys.models.model import Curve, Trained, require_finite
from recsys.ranking.metrics import metrics_of

MEASURE = "recall_at_10"
SURE = 2  # standard errors
USERS = 5_000  # at most so many are ranked at a check, the same ones each time


class Watch:
    """Keeps the curve of a fit; nothing else."""

    def __init__(self) -> None:
        self.curve: Curve = []

    def __call__(
        self,
        epoch: int,
        point: dict[str, float],
        _users: np.ndarray,
        _items: np.ndarray,
        /,
    ) -> bool:
        """Note an epoch and the factors after it, (users, f) and (items, f); whether the fit should
        end here.
        """
        self.curve.append({"epoch": epoch, **point})
        return self.ended

    @property
    def ended(self) -> bool:
        """Whether the fit should end."""
        return False

    def state(self) -> State:
        """The curve as arrays, a column each; NaN where a point lacks the value."""
        names = sorted({name for point in self.curve for name in point})
        return {
            f"curve_{name}": np.array([point.get(name, np.nan) for point in self.curve])
            for name in names
        }

    def restore(self, state: State) -> None:
        """Go on from what state() gave."""
        columns = [name for name in state if name.startswith("curve_")]
        self.curve = [
            _point(
                {
                    name.removeprefix("curve_"): float(state[name][row])
                    for name in columns
                }
            )
            for row in range(len(state["curve_epoch"]))
        ]

    def outcome(self, users: np.ndarray, items: np.ndarray) -> Trained:
        """What the fit returns that ended with these factors."""
        return Trained(users, items, self.curve)


def _point(row: dict[str, float]) -> dict[str, float]:
    """A point of the curve, without the values that it lacks."""
    known = {name: value for name, value in row.items() if not math.isnan(value)}
    return {**known, "epoch": int(row["epoch"])}


class Look(NamedTuple):
    """The factors after an epoch, and which held-out positives are found by them."""

    epoch: int
    found: np.ndarray  # recall_at_10 of each user of the fold, (n,) float64
    users: np.ndarray  # factors (users, f) float32
    items: np.ndarray  # (items, f) float32

    @property
    def recall(self) -> float:
        return float(self.found.mean())


NOTHING = Look(0, np.full(1, -1.0), np.zeros((0, 0)), np.zeros((0, 0)))


class Stopper(Watch):
    """Ends a fit when the validation fold has not gained for `patience` looks.

    What it ended with is taken, or the best factors that were looked at where these are ahead by
    more than SURE standard errors of the difference: the best of many looks is ahead of the last
    one by luck alone. `seen` and `held_out` are csr (users, items): what is not ranked, and what
    should be found; `last` is the last epoch, which is looked at in any case.
    """

    def __init__(
        self,
        seen: csr_matrix,
        held_out: csr_matrix,
        rules: EarlyStopping,
        last: int,
    ) -> None:
        super().__init__()
        self.seen, self.rules, self.last = seen, rules, last
        self.held_out = judges(held_out, USERS)
        self.best = self.latest = NOTHING
        self.without_gain = 0

    def __call__(
        self,
        epoch: int,
        point: dict[str, float],
        users: np.ndarray,
        items: np.ndarray,
        /,
    ) -> bool:
        if epoch % self.rules.check_every and epoch != self.last:
            return super().__call__(epoch, point, users, items)
        found = self._found(users, items)
        self.latest = Look(epoch, found, users, items)
        if self.latest.recall > self.best.recall + self.rules.min_delta:
            self.best = Look(epoch, found, users.copy(), items.copy())
            self.without_gain = 0
        else:
            self.without_gain += 1
        recall = round(self.latest.recall, 6)
        return super().__call__(
            epoch, {**point, f"valid_{MEASURE}": recall}, users, items
        )

    def _found(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        return metrics_of(
            lambda rows: _finite_scores(users[rows], items), self.seen, self.held_out
        )[MEASURE]

    @property
    def ended(self) -> bool:
        return self.without_gain >= self.rules.patience

    @property
    def taken(self) -> Look:
        """The look whose factors are those of the fit."""
        lead = self.best.found - self.latest.found
        error = lead.std(ddof=1) / math.sqrt(len(lead)) if len(lead) > 1 else 0.0
        return self.best if lead.mean() > SURE * error else self.latest

    def state(self) -> State:
        return {
            **super().state(),
            "best_users": self.best.users,
            "best_items": self.best.items,
            "best_found": self.best.found,
            "latest_found": self.latest.found,
            "counts": np.array([self.best.epoch, self.latest.epoch, self.without_gain]),
        }

    def restore(self, state: State) -> None:
        super().restore(state)
        best, latest, self.without_gain = (int(value) for value in state["counts"])
        kept = state["best_users"], state["best_items"]
        self.best = Look(best, state["best_found"], *kept)
        self.latest = Look(latest, state["latest_found"], *kept)

    def outcome(self, users: np.ndarray, items: np.ndarray) -> Trained:
        """The factors that are taken: these, which the fit ended with, or the best ones."""
        if self.taken is self.best:
            users, items = self.best.users, self.best.items
        return Trained(users, items, self.curve)


def _finite_scores(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Scores (users, items) float32 of factors (users, f) and (items, f).

    FloatingPointError if the factors have grown so far that there are none.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scores: np.ndarray = users @ items.T
    require_finite(scores)
    return scores
