"""A release of any size, made of random numbers: to measure what serves it."""

from pathlib import Path

import numpy as np

from recsys.serving import pointer, release
from recsys.serving.array_shapes import MATRICES
from recsys.serving.release import About
from recsys.serving.texts import order_by_hash, packed

WEIGHTS = {"content": 0.1, "popularity": 1.0, "neighbours": 0.5}
NEAREST = 1000  # neighbours of a product
RULE = {
    "rule": "least_squares",
    "alpha": 14.4,
    "regularization": 113.0,
    "frequency_scaling": 0.0,
    "dislike_weight": 0.1,
}


def publish(
    releases: Path, users: int, items: int, factors: int, seed: int = 42
) -> str:
    """Publish a release of users `0` ..., products `p0` ..., and point at it; its id."""
    rng = np.random.default_rng(seed)
    manifest = f"{seed:064x}"[::-1]
    about = About(
        format=1,
        model_id=f"als-{manifest[:12]}",
        manifest_sha256=manifest,
        weights=WEIGHTS,
        new_user=RULE,
        bought_confidence=5.5,
        trained_users=users,
        made_of={},
        files={},
    )
    release.write(releases, about, _arrays(rng, users, items, factors))
    pointer.switch(releases, about.model_id)
    return about.model_id


def _arrays(
    rng: np.random.Generator, users: int, items: int, factors: int
) -> dict[str, np.ndarray]:
    def rows(count: int) -> np.ndarray:
        return rng.standard_normal((count, factors), dtype=np.float32)

    vectors = rows(items)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    user_ids = [str(user) for user in range(users)]
    hashes, places = order_by_hash(user_ids)
    product_ids = [f"p{item}" for item in range(items)]
    of_products = {
        "item_ids": product_ids,
        "names": [f"Kem dưỡng ẩm cho da khô số {item} 50ml" for item in range(items)],
        "brands": [f"brand {item % 40}" for item in range(items)],
        "types": [f"type {item % 25}" for item in range(items)],
    }
    arrays = {
        "user_factors": rows(users),
        "user_kinds": np.zeros(users, np.uint8),
        "item_factors": rows(items),
        "content": vectors,
        "popularity": np.log1p(rng.integers(0, 500, items)).astype(np.float32),
        "user_hashes": hashes,
        "user_places": places,
    }
    arrays["trained_factors"] = arrays["user_factors"]
    arrays["trained_items"] = arrays["item_factors"]
    for name, texts in {"user_ids": user_ids, **of_products}.items():
        arrays[name], arrays[f"{name}_ends"] = packed(texts)
    return arrays | _events(rng, users, items) | _near(rng, items)


def _events(rng: np.random.Generator, users: int, items: int) -> dict[str, np.ndarray]:
    """What users like and have seen; they dislike nothing."""
    arrays = {}
    each = 2  # products that everybody has bought
    bought = rng.integers(0, items // each, (users, each)) * each + np.arange(each)
    for name in MATRICES:
        empty = name == "disliked"
        count = 0 if empty else each
        arrays[f"{name}_indptr"] = np.arange(users + 1, dtype=np.int64) * count
        arrays[f"{name}_items"] = (
            np.sort(bought, axis=1).reshape(-1).astype(np.int32)[: users * count]
        )
    arrays["liked_confidence"] = np.full(users * each, 5.5, np.float32)
    arrays["liked_ages"] = np.ones(users * each, np.int32)
    arrays["liked_later"] = np.zeros(users * each, np.uint8)
    return arrays


def _near(rng: np.random.Generator, items: int) -> dict[str, np.ndarray]:
    """What is bought together."""
    kept = min(items, NEAREST)
    step = items // kept  # each product has others at this distance, from anywhere on
    near = rng.integers(0, items, items)[:, None] + step * np.arange(kept)
    near = np.sort(near % items, axis=1)
    return {
        "near_items": near.reshape(-1).astype(np.int32),
        "near_indptr": np.arange(items + 1, dtype=np.int64) * near.shape[1],
        "near_values": rng.random(near.size, dtype=np.float32),
    }
