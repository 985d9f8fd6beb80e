"""The arrays of a release (recsys/serving/release.py): their names, dtypes and dimensions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

HIGHEST_KIND = 3  # recsys/serving/parts.py
TEXTS = ("item_ids", "names", "brands", "types")  # of each item
MATRICES = ("liked", "disliked", "seen")  # csr (users, items)
VALUES = (  # a number a cell
    ("liked", "liked_confidence"),
    ("liked", "liked_ages"),
    ("liked", "liked_later"),
    ("near", "near_values"),
)
ARRAYS = {  # dtype and dimensions by name
    "user_factors": (
        "<f4",
        2,
    ),  # (users, f), fitted again, or folded in, where not trained on all they like
    "trained_factors": ("<f4", 2),  # (trained users, f), as they were trained
    "user_kinds": ("|u1", 1),  # recsys/serving/parts.py: how each user is ranked
    "item_factors": (
        "<f4",
        2,
    ),  # (items, f), fitted again where training was not told of all
    "trained_items": ("<f4", 2),  # (items, f), as they were trained
    "content": ("<f4", 2),  # (items, d), of length 1, or 0 without a text
    "popularity": ("<f4", 1),  # (items,), hybrid.log_popularity of what all users like
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
    "liked_later": ("|u1", 1),  # 1 where training was not told of it
    # these three: csr (items, items) of ranking/neighbours.py, empty where neighbours weigh 0
    "near_indptr": ("<i8", 1),
    "near_items": ("<i4", 1),
    "near_values": ("<f4", 1),
}


def csr_arrays(name: str, matrix: "csr_matrix") -> dict[str, np.ndarray]:
    """Where the cells of one of MATRICES stand, csr (users, items)."""
    return {
        f"{name}_indptr": matrix.indptr.astype(np.int64),
        f"{name}_items": matrix.indices.astype(np.int32),
    }


def near_arrays(near: "csr_matrix | None", items: int) -> dict[str, np.ndarray]:
    """What is bought together, csr (items, items); None where it weighs 0: empty."""
    if near is None:
        return {
            "near_indptr": np.zeros(items + 1, np.int64),
            "near_items": np.zeros(0, np.int32),
            "near_values": np.zeros(0, np.float32),
        }
    return {**csr_arrays("near", near), "near_values": near.data}


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
