"""What pretrained encoders and classifiers share: batches whose shape does not depend on their
neighbours.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recsys.files.atomic import sha256_of

STEP = 16  # texts are padded to a multiple of it, in tokens


def weights_mark(model: str) -> str:
    """Hash of the names and contents of a local model's files: new weights are another model. Empty
    for a hub id.
    """
    folder = Path(model)
    if not folder.is_dir():
        return ""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256(
        "".join(f"{path.name}\0{sha256_of(path)}\0" for path in files).encode()
    ).hexdigest()


def rows_of(width: int, batch_size: int, tokens: int | None = None) -> int:
    """Rows of a batch that is `width` tokens wide: `batch_size`, or less so that at most `tokens`
    are in it.
    """
    return batch_size if tokens is None else max(1, min(batch_size, tokens // width))


def batches(
    lengths: list[int], batch_size: int, max_length: int, tokens: int | None = None
) -> Iterator[tuple[list[int], int]]:
    """Indices of at most `rows_of` texts, and the width in tokens that all of them are padded to;
    short ones first.

    The width is a function of a text's own length. With batches filled up to `rows_of` rows, the
    shape in which a text is computed does not depend on which other texts are new, and so its
    result does not.
    """
    widths = np.minimum(-(-np.array(lengths, dtype=np.int64) // STEP) * STEP, max_length)
    for width in np.unique(widths).tolist():
        members = np.flatnonzero(widths == width).tolist()
        rows = rows_of(width, batch_size, tokens)
        for start in range(0, len(members), rows):
            yield members[start : start + rows], width


def filled(texts: list[str], batch: list[int], rows: int) -> list[str]:
    """The texts of a batch, the last one repeated up to `rows`."""
    return [texts[one] for one in batch] + [texts[batch[-1]]] * (rows - len(batch))


def in_one_line(error: Exception) -> str:
    """A library's message, short."""
    return " ".join(str(error).split())[:200]
