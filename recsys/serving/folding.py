"""Users whom training does not know, or who have bought since: their factors, by a release.

It is what recsys/models/factors.py and recsys/serving/newcomers.py do, for one user at a time and
without SciPy and Numba.
"""

from functools import cached_property

import numpy as np

from recsys.models import blended
from recsys.models.fold_in import PreparedFoldIn, UserEquation
from recsys.models.one_user import OneUser
from recsys.models.rules import rule_from
from recsys.program.errors import DataError
from recsys.serving.release import Release


class Folding:
    """The rule for new users of a release, with what all users share."""

    def __init__(self, release: Release) -> None:
        rule = rule_from(release.about.new_user)
        if rule is None:
            raise DataError(f"{release.folder}: no rule for new users")
        self.rule = rule
        self.item_factors = release.arrays["item_factors"]
        taste = self.taste(self.item_factors)
        self.is_known: np.ndarray = np.asarray(taste.any(axis=1))

    @property
    def is_slow(self) -> bool:
        """Whether it takes many steps: then others should not wait for it."""
        return not isinstance(self.rule, UserEquation)

    def taste(self, rows: np.ndarray) -> np.ndarray:
        """The rows (n, f) of users or items without what is no taste: the bias of BPR."""
        return rows[:, :-1] if blended.last_is_bias(self.rule) else rows

    def fold_in(self, liked: OneUser, disliked: OneUser) -> tuple[np.ndarray, bool]:
        """Factors (1, f) float32, and whether the model knows something of who likes that."""
        folded = self._prepared(liked, disliked)
        is_known = self.is_known[liked.indices].any() and self.taste(folded).any()
        return folded, bool(is_known)

    @cached_property
    def _prepared(self) -> PreparedFoldIn:
        return self.rule.prepared(self.item_factors)
