"""A challenger beside another ranker on the same users: the paired difference, and what it shows.

The values are bounded and most are 0, but the users are many: the one-sided paired t test keeps its
level (bench/results/gate.md). Where few users differ, signs are flipped instead. Its p is that of
scipy.stats.ttest_1samp, from the function below it: scipy.stats takes a second to import.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import special

from recsys.statistics import sign_flip

By = Literal["t", "sign_flip", "few", "same", "figure"]
OFTEN = 0.8  # the power that is aimed at


@dataclass(frozen=True)
class Aim:
    """What is to be shown at a level: that the difference is above minus a margin.

    The margin is the larger of a share of the other's mean and of so many standard errors of the
    difference. Both are 0 where the challenger must be better.
    """

    level: float  # chance of showing it where it is not so
    share: float = 0.0
    errors: float = 0.0
    worse_level: float = 0.05  # chance of showing "worse" where it is not so
    gain: float = 0.0  # the power is that of a challenger better by this share
    exact_below: int = 50  # with fewer users that differ, signs are flipped

    @property
    def better(self) -> bool:
        """Whether the challenger must be better, not only as good."""
        return self.share == self.errors == 0


@dataclass(frozen=True)
class Comparison:
    """A challenger minus another ranker: means over users, and whether the aim is reached."""

    against: str  # champion, anchor, popularity, or the name of a guardrail
    users: int  # 0 for figures that no user has
    differing: int  # users whose difference is not 0
    reference: float  # the other's mean
    difference: float
    error: float  # standard error of the difference
    better: bool  # whether the challenger must be better, not only as good
    margin: float  # 0 where it must be better
    allowed: float  # what may be lost for sure: the share of the reference; at most the margin
    level: float
    low: float  # one-sided limit of the difference at `level`, by t
    high: float  # the same at Aim.worse_level
    p: float  # of "the difference is not above minus the margin"
    assumed: float  # 0; where it must be better, Aim.gain of the reference
    power: float  # chance to reach the aim if that is the true difference
    detectable: float  # the true difference that reaches the aim in 8 of 10 cases
    by: By  # how p was found

    @property
    def passed(self) -> bool:
        """Whether the aim is reached."""
        return self.p <= self.level

    @property
    def worse(self) -> bool:
        """Whether it is shown that more is lost than is allowed."""
        return not self.passed and self.high < -self.allowed

    @property
    def kept(self) -> bool:
        """Of a guardrail: whether it is kept, or too few users differ to say so of any."""
        return self.passed or self.by == "few"

    @property
    def least(self) -> float:
        """The least measured difference that passes, at this error and by t."""
        return self.difference - self.low - self.margin

    def as_json(self) -> dict[str, Any]:
        """The fields and what follows of them, as plain values."""
        return {**asdict(self), "passed": self.passed, "worse": self.worse}

    def users_needed(self) -> int | None:
        """About how many users make a true difference as measured pass in 8 of 10 cases.

        None if no number of users does, or there is no user. The margin is then `allowed`.
        """
        beyond = self.difference + self.allowed
        if not self.users or beyond <= 0 or not self.error:
            return None
        bound = critical(self.level, self.users) + critical(1 - OFTEN, self.users)
        return int(np.ceil(self.users * (bound * self.error / beyond) ** 2))


class _Means(NamedTuple):
    """What was measured, and the p that came of it."""

    users: int
    differing: int
    reference: float
    difference: float
    error: float
    margin: float
    p: float
    by: By


def compare(
    against: str, challenger: np.ndarray, other: np.ndarray, aim: Aim
) -> Comparison:
    """Compare a metric (users,) float64, 0 to 1, of the same users in the same order.

    ValueError if there are no two users, not as many in both, or a value is no number.
    """
    change = _change(against, challenger, other)
    users, reference = len(change), float(other.mean())
    error = float(change.std(ddof=1) / np.sqrt(users))
    margin = max(aim.share * reference, aim.errors * error)
    by, p = _p(change, error, margin, aim)
    differing, difference = int(np.count_nonzero(change)), float(change.mean())
    means = _Means(users, differing, reference, difference, error, margin, p, by)
    return _comparison(against, means, aim)


def compare_figures(
    against: str, challenger: float, other: float, aim: Aim, users: int = 0
) -> Comparison:
    """Compare two figures that no user has (as coverage), or two shares of so many users.

    Without users the figures are taken as they are. With users the error is that of two
    independent shares (0 to 1): larger than that of pairs, so less is shown.
    """
    difference, error = challenger - other, 0.0
    if users:
        spread = challenger * (1 - challenger) + other * (1 - other)
        error = float(np.sqrt(spread / users))
    margin = max(aim.share * other, aim.errors * error)
    p = _chance_above(difference + margin, error, users)
    means = _Means(users, users, other, difference, error, margin, p, "figure")
    return _comparison(against, means, aim)


def _change(against: str, challenger: np.ndarray, other: np.ndarray) -> np.ndarray:
    if challenger.shape != other.shape or challenger.ndim != 1:
        raise ValueError(
            f"{against}: shapes {challenger.shape} and {other.shape}; both must be (users,)"
        )
    if len(other) < 2:
        raise ValueError(f"{against}: {len(other)} users; two are the least")
    change: np.ndarray = challenger - other
    if not np.isfinite(change).all():
        raise ValueError(f"{against}: a value is no number")
    return change


def _comparison(against: str, means: _Means, aim: Aim) -> Comparison:
    users, error, margin = means.users, means.error, means.margin
    bound = critical(aim.level, users) * error
    assumed = aim.gain * means.reference
    return Comparison(
        against=against,
        users=users,
        differing=means.differing,
        reference=means.reference,
        difference=means.difference,
        error=error,
        better=aim.better,
        margin=margin,
        allowed=aim.share * means.reference,
        level=aim.level,
        low=means.difference - bound,
        high=means.difference + critical(aim.worse_level, users) * error,
        p=means.p,
        assumed=assumed,
        power=_chance_above(bound - margin - assumed, error, users),
        detectable=bound - margin + critical(1 - OFTEN, users) * error,
        by=means.by,
    )


def _p(change: np.ndarray, error: float, margin: float, aim: Aim) -> tuple[By, float]:
    """How p was found, and p of "the mean of the change is not above minus the margin".

    Where few users differ the margin is shared among those: the others lose nothing. Where they
    are too few for any pattern of signs to pass, p is that of "a share of at least the margin
    differs", as if all who differ had lost everything.
    """
    users, moved = len(change), change[change != 0]
    if not len(moved):
        return "same", 1.0 if aim.better else 0.0
    if len(moved) >= aim.exact_below:
        return "t", _chance_above(float(change.mean()) + margin, error, users)
    if aim.better or 0.5 ** len(moved) <= aim.level:
        shifted = moved + margin * users / len(moved)
        return "sign_flip", sign_flip.p_of_greater(shifted)
    return "few", float(special.bdtr(len(moved), users, min(1.0, margin)))


@lru_cache(maxsize=4096)
def critical(level: float, users: int) -> float:
    """Student's t that a mean over so many users (at least 2) is above with chance `level`."""
    return -float(special.stdtrit(max(2, users) - 1, level))


def _chance_above(bound: float, error: float, users: int) -> float:
    """Chance that a mean whose true value is 0 and whose error is `error` is above the bound."""
    if not error:
        return float(bound < 0)
    return float(special.stdtr(max(2, users) - 1, -bound / error))
