"""The solver of the library implicit, watched."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.bpr import fit as bpr
from recsys.bpr import implicit_library
from recsys.bpr.early_stopping import Watch
from recsys.program.errors import ConfigError
from tests.recsys.bpr.worlds import none_of, params
from tests.worlds import complains, even_odd


@pytest.mark.parametrize("rate", [3.0, 100.0])
def test_a_watched_fit_of_implicit_ends_with_the_same_message(rate: float) -> None:
    """The fold would be ranked by scores that are no numbers."""
    wild = params(solver="implicit", learning_rate=rate, regularization=1.0, epochs=60)
    user_items = even_odd()
    held_out = csr_matrix(
        (np.ones(12), (range(12), [8, 9] * 6)), shape=user_items.shape, dtype=np.float32
    )
    with complains(ConfigError, "train_bpr.learning_rate", "beyond bounds"):
        bpr.search(user_items, none_of(user_items), held_out, wild)


class AtMost(Watch):
    """Says enough after so many epochs."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    @property
    def ended(self) -> bool:
        return len(self.curve) >= self.epochs


def test_it_ends_when_the_watch_says_enough_as_a_fit_of_so_many_epochs() -> None:
    user_items, watch = even_odd(), AtMost(3)
    users, items = implicit_library.fit(user_items, None, watch, params(), 9)
    whole = implicit_library.fit(user_items, None, Watch(), params(), 3)
    assert [point["epoch"] for point in watch.curve] == [1, 2, 3]
    assert np.array_equal(users, whole[0]) and np.array_equal(items, whole[1])
