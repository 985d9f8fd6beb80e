"""A trained factor model: two matrices with the external ids of their rows, and a manifest that names it.

<folder>/factors.npz     user_factors (users, f), item_factors (items, f) float32, and the ids
<folder>/curve.json      what training reported, a row an iteration or epoch
<folder>/manifest.json   type, params, shapes and hashes; written last
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from recsys.arrays import read_arrays, write_arrays
from recsys.artifacts import read_json, sha256_of, sha256_of_json, write_json
from recsys.errors import DataError

FILES = ("factors.npz", "curve.json", "manifest.json")


@dataclass(frozen=True)
class Factors:
    """Factors and the ids of their rows. A score is the product of a user's and an item's row."""

    user_ids: list[str]
    item_ids: list[str]
    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32

    def __post_init__(self) -> None:
        shapes = (len(self.user_ids), len(self.item_ids))
        if (len(self.user_factors), len(self.item_factors)) != shapes:
            raise ValueError(
                f"{shapes[0]} users and {shapes[1]} items, but factors of shape "
                f"{self.user_factors.shape} and {self.item_factors.shape}"
            )
        if self.user_factors.shape[1] != self.item_factors.shape[1]:
            raise ValueError(
                f"user factors of width {self.user_factors.shape[1]}, item factors of width "
                f"{self.item_factors.shape[1]}"
            )
        if not (np.isfinite(self.user_factors).all() and np.isfinite(self.item_factors).all()):
            raise ValueError("factors are not finite; lower the learning rate or raise the regularization")

    @cached_property
    def item_index(self) -> dict[str, int]:
        return {item: index for index, item in enumerate(self.item_ids)}

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores (len(users), items) float32 of the users with these indices."""
        scores: np.ndarray = self.user_factors[users] @ self.item_factors.T
        return scores


def pack_ids(ids: list[str]) -> np.ndarray:
    """Ids as UTF-8 bytes (uint8), a newline between two: an id has no control character."""
    return np.frombuffer("\n".join(ids).encode(), dtype=np.uint8)


def unpack_ids(packed: np.ndarray) -> list[str]:
    """The inverse of `pack_ids`."""
    return packed.tobytes().decode().split("\n") if packed.size else []


def save(
    factors: Factors,
    curve: list[dict[str, float]],
    model_type: str,
    params: dict[str, Any],
    inputs: dict[str, str],
    folder: Path,
) -> str:
    """Write the three files, the manifest last; return the model's id. `inputs` are hashes by name, for lineage."""
    write_arrays(
        folder / "factors.npz",
        user_ids=pack_ids(factors.user_ids),
        item_ids=pack_ids(factors.item_ids),
        user_factors=factors.user_factors,
        item_factors=factors.item_factors,
    )
    write_json(folder / "curve.json", curve)
    write_json(
        folder / "manifest.json",
        {
            "model_type": model_type,
            "params": params,
            "inputs": inputs,
            "shapes": {
                "user_factors": list(factors.user_factors.shape),
                "item_factors": list(factors.item_factors.shape),
            },
            "sha256": {name: sha256_of(folder / name) for name in FILES[:2]},
        },
    )
    return model_id(read_json(folder / "manifest.json"))


def model_id(manifest: dict[str, Any]) -> str:
    """`<type>-<first 12 hex digits of the manifest's hash>`: the same model has the same name everywhere."""
    return f"{manifest['model_type']}-{sha256_of_json(manifest)[:12]}"


def load_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, after its files were checked against their hashes. DataError names the file that is wrong."""
    manifest = read_json(folder / "manifest.json")
    hashes = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(hashes, dict) or not isinstance(manifest.get("model_type"), str):
        raise DataError(f"{folder / 'manifest.json'}: not a manifest; run `dvc repro` to make the model")
    for name in FILES[:2]:
        if not (folder / name).is_file() or sha256_of(folder / name) != hashes.get(name):
            raise DataError(f"{folder / name}: missing or not the file of the manifest; run `dvc repro` to make it")
    return dict(manifest)


def load(folder: Path) -> Factors:
    """The model in `folder`, checked. DataError names the file that is missing, torn or of the wrong shape."""
    load_manifest(folder)
    path = folder / "factors.npz"
    arrays = read_arrays(path, "a factor model", "evaluate")
    try:
        return Factors(
            unpack_ids(arrays["user_ids"]),
            unpack_ids(arrays["item_ids"]),
            arrays["user_factors"],
            arrays["item_factors"],
        )
    except (ValueError, KeyError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not a factor model ({error}); run `dvc repro` to make it") from None
