"""The rule for new users of a blend: folded in by each of its models, on one scale, side by side.

A blend adds up what its models say, each z-scored per user. For the order of a user's items that is
a factor model again, for

    z(x_u . y_i) = x_u . y_i / s_u - a constant of the user,    s_u^2 = x_u' C x_u

with C the covariance of the item rows. So the item rows of all models stand side by side, and so do
the user rows, each as weight x_u / s_u.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recsys.files.mixing import distinct_rows
from recsys.models.fold_in import FoldIn, PreparedFoldIn
from recsys.models.pairwise_fold import Pairwise
from recsys.models.row_batches import for_each, row_batches

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

AT_ONCE = 8192  # users whose spread is computed at once
ROUNDING = 1e-6  # of a score, as recsys/ranking/hybrid.py has it


@dataclass(frozen=True)
class Part:
    """One model of a blend."""

    rule: FoldIn  # for its new users
    width: int  # of its factors
    weight: float  # of its z-scored scores in the sum
    scale: float  # its item rows are divided by it: a power of 2, so that nothing is rounded


@dataclass(frozen=True)
class Blended:
    """The parts of a blend, in the order of their factors; a bias stands last."""

    parts: tuple[Part, ...]

    @property
    def width(self) -> int:
        """Of the factors of all parts."""
        return sum(part.width for part in self.parts)

    def columns(self) -> Iterator[slice]:
        """Where the factors of each part stand."""
        end = 0
        for part in self.parts:
            yield slice(end, end + part.width)
            end += part.width

    def __call__(
        self, item_factors: np.ndarray, liked: "csr_matrix", dislikes: "csr_matrix"
    ) -> np.ndarray:
        """User factors (users, f) float32; zeros, but for a bias, without any liked.

        `item_factors` are (items, f) float32, `liked` and `dislikes` csr (users, items): confidence
        and 1.
        """
        return self.prepared(item_factors)(liked, dislikes)

    def prepared(self, item_factors: np.ndarray) -> PreparedFoldIn:
        """The same for these item factors; what all users share is computed here, once."""
        check_width(self, item_factors.shape[1])
        made = []
        for part, columns in zip(self.parts, self.columns(), strict=True):
            rows = item_factors[:, columns] * np.float32(part.scale)
            weight = part.weight * part.scale
            made.append((weight, Spread.of(rows), part.rule.prepared(rows)))

        def fold_in(liked: "csr_matrix", dislikes: "csr_matrix") -> np.ndarray:
            shape = (liked.shape[0], item_factors.shape[1])
            user_factors = np.empty(shape, np.float32)
            for (weight, spread, own), columns in zip(
                made, self.columns(), strict=True
            ):
                rows, out = own(liked, dislikes), user_factors[:, columns]
                weighed(rows, spread, weight, one_by_one=True, out=out)
            return user_factors

        return fold_in


NewUser = FoldIn | Blended


@dataclass(frozen=True)
class Spread:
    """How far apart the scores of a user's items are, by the item rows alone."""

    covariance: np.ndarray  # of these rows, (f, f) float64
    longest: float  # of these rows

    @classmethod
    def of(cls, item_factors: np.ndarray) -> "Spread":
        """Of item factors (items, f) float32."""
        Y = item_factors.astype(np.float64)
        count = max(1, len(Y))
        away = Y - Y.sum(axis=0) / count
        longest = np.sqrt((Y**2).sum(axis=1).max(initial=0))
        return cls(away.T @ away / count, float(longest))

    def inverse(self, user_factors: np.ndarray, one_by_one: bool) -> np.ndarray:
        """1 / s of users (n, f) float32, (n,) float64; 0 where all scores are equal but for
        rounding. `one_by_one`: with the same bits whoever else is asked for, and so once for rows
        that are the same: those of BPR are for all who like the same.
        """
        if one_by_one:
            kinds, kind = distinct_rows(user_factors)
            found: np.ndarray = self._inverse(kinds, one_by_one)[kind]
            return found
        return self._inverse(user_factors, one_by_one)

    def _inverse(self, user_factors: np.ndarray, one_by_one: bool) -> np.ndarray:
        """What `inverse` gives, (n,) float64, of each row for itself."""
        found = np.zeros(len(user_factors))

        def invert(some: slice) -> None:
            X = user_factors[some].astype(np.float64)
            if one_by_one:
                moved = np.matmul(X[:, None, :], self.covariance)[:, 0]
            else:
                moved = X @ self.covariance
            spread = np.sqrt(np.maximum(np.einsum("nf,nf->n", moved, X), 0))
            largest = np.sqrt(np.einsum("nf,nf->n", X, X)) * self.longest
            differ = spread > ROUNDING * largest
            np.divide(1, spread, out=found[some], where=differ)

        for_each(invert, row_batches(np.ones(len(found), int), AT_ONCE))
        return found


def weighed(
    user_factors: np.ndarray,
    spread: Spread,
    weight: float,
    one_by_one: bool = False,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """User rows (n, f) float32 whose scores are z-scored, but for a constant of the user, times the
    weight, in `out` if it is given; `user_factors` are those of one model, `spread` that of its
    items.
    """
    by = weight * spread.inverse(user_factors, one_by_one)
    rows: np.ndarray = np.multiply(
        user_factors, by[:, None].astype(np.float32), out=out
    )
    return rows


def scale_of(item_factors: np.ndarray) -> float:
    """The power of 2 next to the length of a usual row of (items, f) float32: so the rows of all
    parts count alike where items are compared with one another.
    """
    length = float(
        np.sqrt(np.square(item_factors, dtype=np.float64).sum(axis=1).mean())
    )
    return 2.0 ** round(math.log2(length)) if length > 0 else 1.0


def last_is_bias(rule: NewUser | None) -> bool:
    """Whether the last factor is an item's bias (BPR): how popular it is, not its taste."""
    if isinstance(rule, Blended):
        return isinstance(rule.parts[-1].rule, Pairwise)
    return isinstance(rule, Pairwise)


def check_width(rule: NewUser | None, width: int) -> None:
    """ValueError if the rule is of a blend with factors of another width."""
    if isinstance(rule, Blended) and rule.width != width:
        raise ValueError(f"a blend of width {rule.width} with factors of width {width}")
