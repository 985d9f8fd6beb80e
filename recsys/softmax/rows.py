"""Rows of length 1 that go down a gradient, each with steps of its own length.

A step goes along the sphere: the part of the gradient along the row is dropped, the rest divided by
the root of its running mean square (RMSProp; Hinton, 2012), one number a row. So a row that is seen
seldom goes as far as one that is seen in every batch, and how steep a shop's objective is does not
matter.
"""

from dataclasses import dataclass

import numpy as np

from recsys.models.checkpoints import State
from recsys.softmax import kernel

KEPT = 0.99  # of the mean square, from one step of the row to its next


@dataclass(frozen=True)
class Rows:
    """Rows on their way; all three arrays are changed in place."""

    values: np.ndarray  # (n, f) float32, each of length 1 or 0
    square: np.ndarray  # running mean of the squared length of its gradients, (n,)
    steps: np.ndarray  # taken by each, (n,) int64

    @classmethod
    def begin(cls, values: np.ndarray) -> "Rows":
        """These (n, f) float32, scaled to length 1, without a step."""
        n = len(values)
        return cls(scaled(values), np.zeros(n), np.zeros(n, dtype=np.int64))

    def step(self, which: np.ndarray, gradient: np.ndarray, length: float) -> None:
        """Take a step in the rows `which` (k,), each once, against `gradient` (k, f) float32, which
        is overwritten.
        """
        kernel.step(
            *(self.values, self.square, self.steps, which, gradient, length, KEPT)
        )

    def state(self, name: str) -> State:
        """The three arrays, under this name."""
        return {
            name: self.values,
            f"{name}_square": self.square,
            f"{name}_steps": self.steps,
        }

    @classmethod
    def restored(cls, state: State, name: str) -> "Rows":
        """The rows of which `state` keeps the arrays under this name."""
        return cls(state[name], state[f"{name}_square"], state[f"{name}_steps"])


def scaled(rows: np.ndarray) -> np.ndarray:
    """The rows (n, f) float32 at length 1, a new array; one of zeros stays."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    over = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    made: np.ndarray = rows * over[:, None]
    return made
