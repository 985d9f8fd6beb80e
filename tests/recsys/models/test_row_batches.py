"""Batches are all rows once, in order, and as full as they may be; work on them is done whole."""

import numpy as np
import pytest

from recsys.models.row_batches import for_each, row_batches


def test_rows_are_put_together_up_to_the_most_and_a_larger_one_is_alone() -> None:
    found = list(row_batches(np.array([2, 2, 1, 9, 1, 0, 3]), 5))
    bounds = [(batch.start, batch.stop) for batch in found]
    assert bounds == [(0, 3), (3, 4), (4, 7)]
    assert list(row_batches(np.zeros(0, int), 5)) == [slice(0, 0)]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rows", [0, 1, 7])
def test_the_work_is_done_for_each_batch(threads: int, rows: int) -> None:
    done = np.zeros(rows)

    def work(some: slice) -> None:
        done[some] += 1

    for_each(work, row_batches(np.ones(rows, int), 2), threads)
    assert done.tolist() == [1] * rows


@pytest.mark.parametrize("threads", [1, 2])
def test_what_goes_wrong_in_a_batch_is_raised(threads: int) -> None:
    def work(some: slice) -> None:
        if some.start == 2:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        for_each(work, row_batches(np.ones(5, int), 1), threads)
