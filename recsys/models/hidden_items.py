"""Items that are hidden from a fit, to see whether they are found: what is cold by intent."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import columns_kept, entries_per_row, item_counts, rows_kept
from recsys.program.seeds import generator

HIDDEN = 0.2  # the share of items that are made cold


class Hidden(NamedTuple):
    """Interactions without those of some items, to which these are therefore cold."""

    left: Interactions
    items: np.ndarray  # which are hidden, (items,) bool
    targets: csr_matrix  # their positives (users, items), of users to whom another one is left


def hide(known: Interactions, seed: int) -> Hidden:
    """A share HIDDEN of the items with a positive, drawn at random, taken out of `known`."""
    counts = item_counts(known.binary)
    bought = np.flatnonzero(counts)
    drawn = generator(seed).permutation(bought)
    items = np.zeros(len(counts), dtype=bool)
    items[drawn[: round(HIDDEN * len(bought))]] = True
    left = known.without_items(items)
    others_left = entries_per_row(left.binary) > 0
    targets = rows_kept(columns_kept(known.binary, items), others_left)
    return Hidden(left, items, targets)


def without(scores: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """A copy of the scores (users, items) float32 with -inf for the items `gone` (n,)."""
    made = np.array(scores, dtype=np.float32)
    made[:, gone] = -np.inf
    return made
