"""Batches are all rows once, in order, and as full as they may be."""

import numpy as np

from recsys.models.row_batches import row_batches


def test_rows_are_put_together_up_to_the_most_and_a_larger_one_is_alone() -> None:
    found = list(row_batches(np.array([2, 2, 1, 9, 1, 0, 3]), 5))
    bounds = [(batch.start, batch.stop) for batch in found]
    assert bounds == [(0, 3), (3, 4), (4, 7)]
    assert list(row_batches(np.zeros(0, int), 5)) == [slice(0, 0)]
