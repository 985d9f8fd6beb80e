"""When to stop: a fit is watched by the recall of positives that it does not learn from, and its
best state is kept.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from recsys.bpr.params import EarlyStopping
from recsys.dataset.interactions import some_users
from recsys.models.checkpoints import State
from recsys.models.model import Curve, Trained, require_finite
from recsys.ranking.metrics import metrics_of

MEASURE = "recall_at_10"
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


class Stopper(Watch):
    """Ends a fit when the validation fold has not gained for `patience` looks, and restores the
    best factors.

    `seen` and `held_out` are csr (users, items): what is not ranked, and what should be found.
    """

    def __init__(
        self, seen: csr_matrix, held_out: csr_matrix, rules: EarlyStopping
    ) -> None:
        super().__init__()
        self.seen, self.rules = seen, rules
        self.held_out = some_users(held_out, USERS)
        self.best, self.epochs, self.without_gain = -1.0, 0, 0
        self.best_factors: Sequence[np.ndarray] = ()

    def __call__(
        self,
        epoch: int,
        point: dict[str, float],
        users: np.ndarray,
        items: np.ndarray,
        /,
    ) -> bool:
        if epoch % self.rules.check_every:
            return super().__call__(epoch, point, users, items)
        recall = self._recall(users, items)
        if recall > self.best + self.rules.min_delta or not self.epochs:
            self.best, self.epochs, self.without_gain = recall, epoch, 0
            self.best_factors = (users.copy(), items.copy())
        else:
            self.without_gain += 1
        looked = {**point, f"valid_{MEASURE}": round(recall, 6)}
        return super().__call__(epoch, looked, users, items)

    def _recall(self, users: np.ndarray, items: np.ndarray) -> float:
        per_user = metrics_of(
            lambda rows: _finite_scores(users[rows], items), self.seen, self.held_out
        )
        return float(per_user[MEASURE].mean())

    @property
    def ended(self) -> bool:
        return self.without_gain >= self.rules.patience

    def state(self) -> State:
        kept = dict(zip(("best_users", "best_items"), self.best_factors, strict=False))
        counts = np.array([self.epochs, self.without_gain])
        return {
            **super().state(),
            **kept,
            "counts": counts,
            "best": np.array([self.best]),
        }

    def restore(self, state: State) -> None:
        super().restore(state)
        self.epochs, self.without_gain = (int(value) for value in state["counts"])
        self.best = float(state["best"][0])
        self.best_factors = tuple(
            state[name] for name in ("best_users", "best_items") if name in state
        )

    def outcome(self, users: np.ndarray, items: np.ndarray) -> Trained:
        """The best factors that were looked at; the last ones if none were."""
        best_users, best_items = self.best_factors or (users, items)
        return Trained(best_users, best_items, self.curve)


def _finite_scores(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Scores (users, items) float32 of factors (users, f) and (items, f).

    FloatingPointError if the factors have grown so far that there are none.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scores: np.ndarray = users @ items.T
    require_finite(scores)
    return scores
