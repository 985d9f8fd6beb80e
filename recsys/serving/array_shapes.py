"""The arrays of a release (recsys/serving/release.py): their names, dtypes and dimensions."""

from collections.abc import Mapping

import numpy as np

HIGHEST_KIND = 3  # recsys/serving/parts.py
TEXTS = ("item_ids", "names", "brands", "types")  # of each item
MATRICES = ("liked", "disliked", "seen")  # csr (users, items)
VALUES = (  # a number a cell
    ("liked", "liked_confidence"),
    ("liked", "liked_ages"),
    ("near", "near_values"),
)
ARRAYS = {  # dtype and dimensions by name
    "user_factors": ("<f4", 2),  # (users, f), folded in where not trained
    "user_kinds": ("|u1", 1),  # recsys/serving/parts.py: how each user is ranked
    "item_factors": ("<f4", 2),
    "content": ("<f4", 2),  # (items, d), of length 1, or 0 without a text
    "popularity": ("<f4", 1),  # (items,), as hybrid.log_popularity gives it
    "user_ids": ("|u1", 1),  # these four: recsys/serving/texts.py
    "user_ids_ends": ("<i8", 1),
    "user_hashes": ("<u8", 1),
    "user_places": ("<i4", 1),
    **dict.fromkeys(TEXTS, ("|u1", 1)),
    **{f"{name}_ends": ("<i8", 1) for name in TEXTS},
    **{f"{name}_indptr": ("<i8", 1) for name in MATRICES},
    **{f"{name}_items": ("<i4", 1) for name in MATRICES},
    "liked_confidence": ("<f4", 1),
    "liked_ages": ("<i4", 1),  # recsys/dataset/ages.py
    # these three: csr (items, items) of ranking/neighbours.py, empty where neighbours weigh 0
    "near_indptr": ("<i8", 1),
    "near_items": ("<i4", 1),
    "near_values": ("<f4", 1),
}


def check_lengths(arrays: Mapping[str, np.ndarray]) -> None:
    """ValueError unless each array has its dimensions and a row a user or item, and each user is of
    a known kind.
    """
    users, items = len(arrays["user_kinds"]), len(arrays["popularity"])
    for name, array in arrays.items():
        if array.ndim != ARRAYS[name][1]:
            raise ValueError(f"{name} has shape {array.shape}")
    counts = {
        "user_factors": users,
        "user_ids_ends": users,
        "item_factors": items,
        "content": items,
        **{f"{name}_ends": items for name in TEXTS},
        **{f"{name}_indptr": users + 1 for name in MATRICES},
        "near_indptr": items + 1,
    }
    for name, count in counts.items():
        if len(arrays[name]) != count:
            raise ValueError(f"{name} has {len(arrays[name])} rows, not {count}")
    if arrays["user_factors"].shape[1] != arrays["item_factors"].shape[1]:
        raise ValueError("factors of two widths")
    if arrays["user_kinds"].max(initial=0) > HIGHEST_KIND:
        raise ValueError("users of no known kind")
