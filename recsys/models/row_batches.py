"""Rows in batches that hold about the same amount."""

from collections.abc import Iterator

import numpy as np


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
