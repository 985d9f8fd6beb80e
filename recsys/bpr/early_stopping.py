"""When to stop: a fit is watched by the recall of positives that it does not learn from, and its
best state is kept.
"""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import some_users
from recsys.models.checkpoints import State
from recsys.models.model import Trained, require_finite
from recsys.program.params import Section
from recsys.ranking.metrics import metrics_of

MEASURE = "recall_at_10"
USERS = 5_000  # at most so many are ranked at a check, the same ones each time

AfterEpoch = Callable[[int, np.ndarray, np.ndarray], object]  # epoch, user and item factors


class EarlyStopping(Section):
    check_every: int = Field(ge=1)  # epochs between two looks at the validation fold
    patience: int = Field(ge=1)  # looks without a gain before the fit ends
    min_delta: float = Field(ge=0, lt=1)  # a gain is more than this


class Watch:
    """Keeps the curve of a fit; nothing else."""

    def __init__(self, after_epoch: AfterEpoch | None = None) -> None:
        self.curve: list[dict[str, float]] = []
        self.after_epoch = after_epoch

    def __call__(
        self, epoch: int, point: dict[str, float], users: np.ndarray, items: np.ndarray
    ) -> bool:
        """Note an epoch; whether the fit should end here."""
        self.curve.append({"epoch": epoch, **point})
        if self.after_epoch is not None:
            self.after_epoch(epoch, users, items)
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
        columns = {
            name.removeprefix("curve_"): state[name] for name in state if name.startswith("curve_")
        }
        length = len(columns["epoch"])
        rows = [{name: float(columns[name][at]) for name in columns} for at in range(length)]
        self.curve = [
            {name: value for name, value in row.items() if value == value} for row in rows
        ]
        for point in self.curve:
            point["epoch"] = int(point["epoch"])

    def outcome(self, users: np.ndarray, items: np.ndarray) -> Trained:
        """What the fit returns that ended with these factors."""
        return Trained(users, items, self.curve)


class Stopper(Watch):
    """Ends a fit when the validation fold has not gained for `patience` looks, and restores the
    best factors.
    """

    def __init__(
        self,
        seen: csr_matrix,
        held_out: csr_matrix,
        rules: EarlyStopping,
        after_epoch: AfterEpoch | None = None,
    ) -> None:
        super().__init__(after_epoch)
        self.seen, self.rules = seen, rules
        self.held_out = some_users(held_out, USERS)
        self.best, self.epochs, self.without_gain = -1.0, 0, 0
        self.best_factors: Sequence[np.ndarray] = ()

    def __call__(
        self, epoch: int, point: dict[str, float], users: np.ndarray, items: np.ndarray
    ) -> bool:
        if epoch % self.rules.check_every:
            return super().__call__(epoch, point, users, items)
        found = float(
            metrics_of(lambda rows: _finite(users[rows], items), self.seen, self.held_out)[
                MEASURE
            ].mean()
        )
        if found > self.best + self.rules.min_delta or not self.epochs:
            self.best, self.epochs, self.without_gain = found, epoch, 0
            self.best_factors = (users.copy(), items.copy())
        else:
            self.without_gain += 1
        return super().__call__(epoch, {**point, f"valid_{MEASURE}": round(found, 6)}, users, items)

    @property
    def ended(self) -> bool:
        return self.without_gain >= self.rules.patience

    def state(self) -> State:
        kept = dict(zip(("best_users", "best_items"), self.best_factors, strict=False))
        counts = np.array([self.epochs, self.without_gain])
        return {**super().state(), **kept, "counts": counts, "best": np.array([self.best])}

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


def _finite(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Scores (users, items). FloatingPointError if the factors have grown so far that they are
    none.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        scores: np.ndarray = users @ items.T
    require_finite(scores)
    return scores
