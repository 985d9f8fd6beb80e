"""An order of events that are equal in all that counts, drawn by lot: it knows nothing of the item
but its id, and is another one for each user.

The lot is a hash of both external ids: the same in every run, whatever else the shop sells. An
order by the item alone would hold out the same few items for everybody.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from recsys.files.mixing import mixed


class Names(NamedTuple):
    """The external ids of users and items, by code."""

    users: pl.Series
    items: pl.Series


def lots(user: np.ndarray, item: np.ndarray, names: Names | None) -> np.ndarray:
    """The lot of each event, (events,) uint64, from its `user` and `item` codes (events,); without
    `names` the codes are the ids.
    """
    of_user = _hashes(user, names and names.users)
    of_item = _hashes(item, names and names.items)
    return mixed(of_user * np.uint64(3) + of_item)


def _hashes(codes: np.ndarray, names: pl.Series | None) -> np.ndarray:
    """64 bits of the hash of each code's id, (events,) uint64; each id is hashed once."""
    distinct, place = np.unique(codes, return_inverse=True)
    ids: Sequence[object] = distinct.tolist()
    if names is not None:
        ids = names[distinct].to_list()
    digests = (
        hashlib.blake2b(str(one).encode(), digest_size=8).digest() for one in ids
    )
    return np.frombuffer(b"".join(digests), dtype="<u8")[place]
