"""What pretrained encoders and classifiers share: batches whose shape does not depend on their neighbours."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

STEP = 16  # texts are padded to a multiple of it, in tokens


def weights_mark(model: str) -> str:
    """Sizes and times of a local model's files: new weights are another model. Empty for a hub id."""
    folder = Path(model)
    if not folder.is_dir():
        return ""
    return ",".join(f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in sorted(folder.iterdir()))


def batches(lengths: list[int], batch_size: int, max_length: int) -> Iterator[tuple[list[int], int]]:
    """Indices of at most `batch_size` texts, and the width in tokens that all of them are padded to.

    The width is a function of a text's own length. With batches filled up to `batch_size` rows, the shape in which a
    text is computed does not depend on which other texts are new, and so its result does not.
    """
    widths = np.minimum(-(-np.array(lengths, dtype=np.int64) // STEP) * STEP, max_length)
    for width in np.unique(widths).tolist():
        members = np.flatnonzero(widths == width).tolist()
        for start in range(0, len(members), batch_size):
            yield members[start : start + batch_size], width


def filled(texts: list[str], batch: list[int], batch_size: int) -> list[str]:
    """The texts of a batch, the last one repeated up to `batch_size`."""
    return [texts[one] for one in batch] + [texts[batch[-1]]] * (batch_size - len(batch))


def in_one_line(error: Exception) -> str:
    """A library's message, short."""
    return " ".join(str(error).split())[:200]
