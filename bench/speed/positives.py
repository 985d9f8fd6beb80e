"""Generated positives that training is timed on."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

VALUE = 5.5  # rating + comment quality of a positive


class Size(NamedTuple):
    """How large a world is."""

    users: int
    items: int
    entries: int

    def sentence(self) -> str:
        """How large it is, for people."""
        return f"{self.entries:,} interactions of {self.users:,} users and {self.items:,} items"


USUAL = Size(100_000, 20_000, 2_000_000)
LARGE = Size(1_000_000, 50_000, 20_000_000)


def positives(size: Size, seed: int = 0) -> csr_matrix:
    """Positives (users, items) float32 of which many fall on few items and on few users."""
    users, items, entries = size
    rng = np.random.default_rng(seed)
    drawn = 2 * entries  # some cells are drawn twice
    user = (users * rng.random(drawn) ** 1.5).astype(np.int64)
    shuffled = rng.permutation(items)
    # rank to the -2/3
    item = shuffled[(items * rng.random(drawn) ** 3).astype(np.int64)]
    cells = np.sort(user * items + item)
    cells = cells[np.flatnonzero(np.diff(cells, prepend=-1))]
    assert len(cells) >= entries
    cells = cells[np.linspace(0, len(cells) - 1, entries).astype(np.int64)]
    values = np.full(entries, VALUE, dtype=np.float32)
    return csr_matrix((values, (cells // items, cells % items)), shape=(users, items))
