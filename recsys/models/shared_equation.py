"""The least-squares equation of a user, solved by as many unknowns as they have items."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SharedEquation:
    """Y (items, f) and Y'Y = Q diag(spectrum) Q', float64: what the equations of all users share.

    The equation of a user with m items is solved as one of m unknowns, by

        (K + B'DB)^-1 B' = K^-1 B' (I + D B K^-1 B')^-1,    K = Y'Y + r I

    B: their rows of Y, D: diag(c - 1). With more items than factors it is solved as it stands.
    """

    rows: np.ndarray  # Y
    turned: np.ndarray  # Y Q
    basis: np.ndarray  # Q
    spectrum: np.ndarray

    @classmethod
    def of(cls, item_factors: np.ndarray) -> "SharedEquation":
        """Of item factors (items, f) float32."""
        Y = item_factors.astype(np.float64)
        spectrum, Q = np.linalg.eigh(Y.T @ Y)
        return cls(Y, Y @ Q, Q, np.maximum(spectrum, 0))

    @property
    def least(self) -> float:
        """The smallest r that can be computed with."""
        mean = float(self.spectrum.mean())
        return max(1e-9 * mean, float(np.finfo(np.float64).tiny))

    def solve_single(
        self,
        items: np.ndarray,
        above_one: np.ndarray,
        wanted: np.ndarray,
        r: np.ndarray,
    ) -> np.ndarray:
        """The same of n users with one item each, (n, f): all arguments are (n,). Each user by
        itself, so that the bits do not depend on the others.
        """
        B = self.turned[items]
        scaled = B / (self.spectrum + r[:, None])
        reached = 1 + above_one * np.einsum("nf,nf->n", scaled, B)
        x = scaled * (wanted / reached)[:, None]
        solved: np.ndarray = np.matmul(x[:, None, :], self.basis.T)[:, 0]
        return solved

    def solve_several(
        self,
        items: np.ndarray,
        above_one: np.ndarray,
        wanted: np.ndarray,
        r: np.ndarray,
    ) -> np.ndarray:
        """`solve` of n users with m items each, (n, f), to the last bit: `r` is (n,), the others
        are (n, m), of fewer items than factors.
        """
        B = self.turned[items]
        scaled = B / (self.spectrum + r[:, None])[:, None, :]
        reached = np.matmul(scaled, B.transpose(0, 2, 1))
        A = np.eye(items.shape[1]) + above_one[:, :, None] * reached
        x = np.linalg.solve(A, wanted[:, :, None])[:, :, 0]
        x = np.matmul(x[:, None, :], scaled)[:, 0]
        solved: np.ndarray = np.matmul(self.basis, x[:, :, None])[:, :, 0]
        return solved

    def solve(
        self, items: np.ndarray, above_one: np.ndarray, wanted: np.ndarray, r: float
    ) -> np.ndarray:
        """x (f,) of (Y'Y + sum above_one y y' + r I) x = sum wanted y, over the `items` (m,)."""
        B = self.turned[items]
        K = self.spectrum + r
        if len(items) < len(K):
            scaled = B / K
            A = np.eye(len(items)) + above_one[:, None] * (scaled @ B.T)
            x = np.linalg.solve(A, wanted) @ scaled
        else:
            x = np.linalg.solve((B.T * above_one) @ B + np.diag(K), wanted @ B)
        solved: np.ndarray = self.basis @ x
        return solved
