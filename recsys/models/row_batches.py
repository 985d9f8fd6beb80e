"""Rows in batches that hold about the same amount."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from recsys.program.machine_room import cores

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BATCH_CELLS = 4 << 20  # numbers that a batch holds at once
THREADS = "NUMBA_NUM_THREADS"  # how many may be used, as numba's kernels have it


def entries_per_row(matrix: "csr_matrix") -> np.ndarray:
    """How many entries each row has, (rows,)."""
    counts: np.ndarray = np.diff(matrix.indptr)
    return counts


def row_batches(cells: np.ndarray, most: int) -> Iterator[slice]:
    """Slices of rows that hold at most so many together; a row of more is alone.

    `cells` (rows,) says how many each holds.
    """
    begin, held = 0, 0
    for row, count in enumerate(cells.tolist()):
        if row > begin and held + count > most:
            yield slice(begin, row)
            begin, held = row, 0
        held += count
    yield slice(begin, len(cells))


def for_each(
    work: Callable[[slice], None], batches: Iterator[slice], threads: int | None = None
) -> None:
    """Do the work for each batch, by several threads where there are several batches.

    Each batch must be of other rows, so the bytes are the same by any number of threads.
    """
    every = list(batches)
    threads = threads or _threads()
    if len(every) < 2 or threads < 2:
        for batch in every:
            work(batch)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, batch) for batch in every]:
            done.result()


def _threads() -> int:
    given = os.environ.get(THREADS, "")
    return int(given) if given.isdigit() else cores()
