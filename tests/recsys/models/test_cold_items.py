"""Rows of cold items: where they join the others, and which of them are drawn."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.models.cold_items import classes, cold_rows_filled, drawn_to
from recsys.models.model import Trained
from tests.recsys.models.test_params import params as train_params
from tests.recsys.models.texts import factors_of, texts


def test_rows_join_in_proportion_to_what_is_known_of_an_item() -> None:
    own, predicted = np.full((4, 2), 8, np.float32), np.zeros((4, 2), np.float32)
    made = drawn_to(predicted, own, np.array([0, 1, 3, 4]), 4)
    assert made.tolist() == [[0, 0], [2, 2], [6, 6], [8, 8]]
    assert made.dtype == np.float32


@pytest.mark.parametrize("threshold", [1, 2, 3, 7, 1000])
def test_rows_are_continuous_at_the_threshold(threshold: int) -> None:
    counts = np.arange(threshold + 2)
    own, predicted = (
        np.full((len(counts), 1), 1, np.float32),
        np.full((len(counts), 1), -1, np.float32),
    )
    made = drawn_to(predicted, own, counts, threshold)[:, 0]
    assert made[0] == -1
    assert made[-2:].tolist() == [1, 1]
    assert np.diff(made) == pytest.approx(
        np.array([2 / threshold] * threshold + [0]), abs=1e-6
    )


def test_warm_rows_keep_their_bytes() -> None:
    own = factors_of(texts(5, 3, 0), 1.0, 0)
    made = drawn_to(own * 100, own, np.array([3, 4, 5, 99, 2]), 3)
    assert made[:4].tobytes() == own[:4].tobytes()


def test_classes_go_up_to_the_threshold() -> None:
    names = {t: [one.name for one in classes(t)] for t in (1, 2, 3, 5)}
    assert names == {
        1: ["0"],
        2: ["0", "1"],
        3: ["0", "1", "2"],
        5: ["0", "1", "2-4"],
    }
    marked = [one.marks(np.arange(7)).astype(int).tolist() for one in classes(5)]
    assert np.array(marked).argmax(axis=0).tolist() == [0, 1, 2, 2, 2, 0, 0]
    assert np.array(marked).sum(axis=0).tolist() == [1, 1, 1, 1, 1, 0, 0]


class Doubling:
    """A fit whose predicted rows are twice the own ones (recsys/models/model.py: Fit)."""

    params = train_params(cold_threshold=5)

    def predict_rows(self, item_factors: np.ndarray, _: Interactions) -> np.ndarray:
        return 2 * item_factors


@pytest.mark.parametrize(
    ("names", "changed"),
    [([], []), (["0"], [0]), (["1", "2-4"], [1, 2, 3, 4]), (None, [0, 1, 2, 3, 4])],
)
def test_only_the_rows_of_the_named_classes_are_drawn(
    names: list[str] | None, changed: list[int]
) -> None:
    """Item n has n positives."""
    binary = csr_matrix(np.triu(np.ones((6, 7), np.float32), 1))
    known = Interactions(binary, binary, binary * 0)
    own = np.ones((7, 2), np.float32)
    trained = Trained(np.ones((6, 2), np.float32), own, [])
    made = cold_rows_filled(trained, Doubling(), known, names).item_factors
    assert np.flatnonzero((made != own).any(axis=1)).tolist() == changed
