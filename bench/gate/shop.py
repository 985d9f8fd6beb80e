"""A simulated shop for the gate: ndcg_at_10 of each test user, while models and users change.

A user has one test item (or several, whose mean counts). What a model does with it is a rank, drawn
by a latent number: most of it is the item's own (an easy item is easy for all models), the rest is
the model's own. So two equal models differ by user as two fits of real data do, by the figures of
HIT, MEAN and SPREAD; on average they are equal. Each week a share of the users is another one; who
stays keeps the item, and what each model does with it.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy import special

HIT = 0.18  # of the users have their item in the first 10
MEAN = 0.111  # ndcg_at_10
SPREAD = 0.186  # standard deviation over users of the difference of two equal models
TILT = 0.8887  # rank r of the first 10 is as likely as 1 / r^TILT: gives MEAN
SHARED = 0.878  # part of the latent number that is the item's own: gives SPREAD
OWN = 0.1  # of the model's part, what it has for all items of a user
SPREADS = {1: SPREAD, 3: 0.11}  # by the number of test items of a user

GAINS = 1 / np.log2(1 + np.arange(1, 11))
_WEIGHTS = np.arange(1, 11) ** -TILT
WITHIN = HIT * np.cumsum(_WEIGHTS) / _WEIGHTS.sum()  # chance of rank 1, 1 to 2, ...


@dataclass(eq=False)
class Model:
    """A model: its quality beside the best, and its part of the latent numbers."""

    quality: float  # a model of 0.9 has each rank of the first 10 in nine of ten cases
    part: np.ndarray  # (users, items) float32


@dataclass(eq=False)
class Shop:
    """The test users of a shop, and the models that are alive."""

    users: int
    rng: np.random.Generator
    renewed: float = 0.05  # share of the users that is another one each week
    items: int = 1  # items of a user
    validation: int = 0  # the first items are the validation fold, the others the test
    item_part: np.ndarray = field(init=False)  # (users, items) float32
    models: list[Model] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Draw the users' items."""
        self.item_part = self._normal(self.users, self.items)

    def model(
        self, quality: float, like: Model | None = None, likeness: float = 0.0
    ) -> Model:
        """A new model, which lives until `only` forgets it; some of it may be as another one."""
        part = self._own(self.users)
        if like is not None and likeness:
            part = np.sqrt(likeness) * like.part + np.sqrt(1 - likeness) * part
        made = Model(quality, part.astype(np.float32))
        self.models.append(made)
        return made

    def only(self, *models: Model) -> None:
        """Forget all other models."""
        self.models = list(models)

    def week(self) -> np.ndarray | slice:
        """A week later: some users are others; which they are, as an index of users."""
        count = round(self.renewed * self.users)
        if count == self.users:
            others: np.ndarray | slice = slice(None)
        else:
            others = self.rng.choice(self.users, count, replace=False)
        self.item_part[others] = self._normal(count, self.items)
        for each in self.models:
            each.part[others] = self._own(count)
        return others

    def values(self, model: Model) -> np.ndarray:
        """ndcg_at_10 of each user by a model, (users,) float64."""
        return self.values_of_items(model)[:, self.validation :].mean(axis=1)

    def values_of_items(self, model: Model) -> np.ndarray:
        """The same of each item, (users, items) float64."""
        latent = np.sqrt(SHARED) * self.item_part + np.sqrt(1 - SHARED) * model.part
        bounds = special.ndtri(model.quality * WITHIN)  # a rank's latent is below
        found = np.zeros(latent.shape)
        hits = latent < bounds[-1]
        found[hits] = GAINS[np.searchsorted(bounds, latent[hits])]
        return found

    def _own(self, users: int) -> np.ndarray:
        """The part of a model for new users: some of it the same for all items of a user."""
        if self.items == 1:
            return self._normal(users, 1)
        common = self._normal(users, 1)
        return np.sqrt(OWN) * common + np.sqrt(1 - OWN) * self._normal(
            users, self.items
        )

    def _normal(self, *shape: int) -> np.ndarray:
        return self.rng.standard_normal(shape, dtype=np.float32)


def margin(users: int, items: int, share: float, errors: float) -> float:
    """The margin of a refresh as a share of the quality, where the spread is known."""
    return max(share, errors * SPREADS[items] / float(np.sqrt(users)) / MEAN)
