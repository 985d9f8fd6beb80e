"""Batches of texts whose shape does not depend on their neighbours."""

from collections.abc import Iterator

import numpy as np

STEP = 16  # texts are padded to a multiple of it, in tokens


def rows_in_batch(width: int, batch_size: int, tokens: int | None = None) -> int:
    """Rows of a batch that is `width` tokens wide: `batch_size`, or less so that at most `tokens`
    are in it.
    """
    if tokens is None:
        return batch_size
    return max(1, min(batch_size, tokens // width))


def batches(
    lengths: list[int], batch_size: int, max_length: int, tokens: int | None = None
) -> Iterator[tuple[list[int], int]]:
    """Indices of at most `rows_in_batch` texts, and the width in tokens that all of them are padded
    to; short texts first. `lengths` are the tokens of each text.

    The width is a function of a text's own length. With batches filled up to `rows_in_batch` rows,
    the shape in which a text is computed does not depend on which other texts are new, and so its
    result does not.
    """
    steps = -(-np.array(lengths, dtype=np.int64) // STEP)
    widths = np.minimum(steps * STEP, max_length)
    for width in np.unique(widths).tolist():
        members = np.flatnonzero(widths == width).tolist()
        rows = rows_in_batch(width, batch_size, tokens)
        for start in range(0, len(members), rows):
            yield members[start : start + rows], width


def filled_up(texts: list[str], batch: list[int], rows: int) -> list[str]:
    """The texts of a batch, the last one repeated until there are `rows`."""
    members = [texts[index] for index in batch]
    repeats = rows - len(members)
    return members + [members[-1]] * repeats
