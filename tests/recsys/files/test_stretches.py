"""The cells of stretches stand in the order of the stretches, whatever that is."""

import numpy as np

from recsys.files.stretches import cells


def test_cells_of_stretches_one_after_the_other() -> None:
    assert cells(np.array([5, 0, 9, 2]), np.array([2, 0, 1, 3])).tolist() == [
        *(5, 6, 9, 2, 3, 4)
    ]
    assert cells(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []
