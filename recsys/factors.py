"""A trained factor model: two matrices with the external ids of their rows, and a manifest that names it.

<folder>/factors.npz     user_factors (users, f), item_factors (items, f) float32, and the ids
<folder>/curve.json      what training reported, a row an iteration or epoch
<folder>/manifest.json   type, params, shapes and hashes; written last
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import csr_matrix

from recsys.arrays import read_arrays, write_arrays
from recsys.artifacts import read_json, sha256_of, sha256_of_json, write_json
from recsys.errors import DataError
from recsys.fold_in import FoldIn, LeastSquares, Pairwise
from recsys.ranking import top_k

T = TypeVar("T")

FILES = ("factors.npz", "curve.json", "manifest.json")
FOLD_IN = {"least_squares": LeastSquares, "pairwise": Pairwise}


@dataclass(frozen=True)
class Factors:
    """Factors and the ids of their rows. A score is the product of a user's and an item's row."""

    user_ids: list[str]
    item_ids: list[str]
    user_factors: np.ndarray  # (users, f) float32
    item_factors: np.ndarray  # (items, f) float32
    new_user: FoldIn | None = None  # how the factors of a user are made who was not trained on

    def __post_init__(self) -> None:
        if not self.user_factors.ndim == self.item_factors.ndim == 2:
            raise ValueError(f"factors of shape {self.user_factors.shape} and {self.item_factors.shape}, not matrices")
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

    @property
    def shape(self) -> tuple[int, int]:
        """Users and items."""
        return len(self.user_ids), len(self.item_ids)

    @cached_property
    def item_index(self) -> dict[str, int]:
        return {item: index for index, item in enumerate(self.item_ids)}

    @cached_property
    def user_index(self) -> dict[str, int]:
        return {user: index for index, user in enumerate(self.user_ids)}

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores (len(users), items) float32 of the users with these indices."""
        return self.score_of(self.user_factors[users])

    def score_of(self, user_factors: np.ndarray) -> np.ndarray:
        """Scores (n, items) float32 of user factors (n, f), e.g. folded in."""
        scores: np.ndarray = user_factors @ self.item_factors.T
        return scores

    def recommend(self, users: np.ndarray, seen: csr_matrix, k: int) -> list[list[str]]:
        """The ids of each user's best `k` items, best first, without those of `seen` (len(users), items).

        Fewer where the items run out; never a seen one, never a filler. Ties go to the item with the smaller index.
        """
        scores = np.array(self.score(users), dtype=np.float32)
        scores[np.repeat(np.arange(len(users)), np.diff(seen.indptr)), seen.indices] = -np.inf
        return [[self.item_ids[item] for item in row if item >= 0] for row in top_k(scores, k)]

    def similar_items(self, item: str, k: int) -> list[tuple[str, float]]:
        """The `k` other items with the highest cosine of factors, and the cosine. DataError if `item` is unknown.

        A bias (the last factor of BPR) is how popular an item is, not what it is like: it is left out.
        """
        if item not in self.item_index:
            raise DataError(f"item {item!r} is not in the model; it knows {len(self.item_ids)} items")
        rows = self.item_factors[:, :-1] if isinstance(self.new_user, Pairwise) else self.item_factors
        length = np.linalg.norm(rows, axis=1)
        at = self.item_index[item]
        scale = length * length[at]
        cosine = np.divide(rows @ rows[at], scale, out=np.zeros_like(scale), where=scale > 0)
        cosine[at] = -np.inf
        return [(self.item_ids[one], float(cosine[one])) for one in top_k(cosine[None, :], k)[0] if one >= 0]

    def fold_in(self, liked: csr_matrix, dislikes: csr_matrix) -> np.ndarray:
        """Factors (n, f) float32 of n users by what they like (n, items: confidence) and dislike (n, items: 1).

        ValueError if the model does not say how, or if the matrices have other items.
        """
        if self.new_user is None:
            raise ValueError("the model has no rule for users that it was not trained on")
        if not liked.shape[1] == dislikes.shape[1] == len(self.item_ids):
            raise ValueError(f"{len(self.item_ids)} items, but matrices of shape {liked.shape} and {dislikes.shape}")
        return self.new_user(self.item_factors, liked, dislikes)


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
    notes: dict[str, Any] | None = None,
) -> str:
    """Write the three files, the manifest last; return the model's id.

    `inputs` are hashes by name, for lineage; `notes` are what training found out and people want to know.
    """
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
            "new_user": rule_of(factors.new_user),
            "notes": notes or {},
            "shapes": {
                "user_factors": list(factors.user_factors.shape),
                "item_factors": list(factors.item_factors.shape),
            },
            "sha256": {name: sha256_of(folder / name) for name in FILES[:2]},
        },
    )
    return model_id(read_json(folder / "manifest.json"))


def rule_of(new_user: FoldIn | None) -> dict[str, Any]:
    """The rule for new users as JSON: its name and settings; {} if there is none."""
    names = {kind: name for name, kind in FOLD_IN.items()}
    return {"rule": names[type(new_user)], **asdict(new_user)} if new_user else {}


def rule_from(found: dict[str, Any]) -> FoldIn | None:
    """The inverse of `rule_of`. ValueError, TypeError, KeyError or OverflowError if it is no such rule."""
    settings = {name: value for name, value in found.items() if name != "rule"}
    if not found:
        return None
    kind = FOLD_IN[found["rule"]]
    for field in fields(kind):
        value = settings.get(field.name)
        if value is None or type(value) not in (int, field.type) or not 0 <= float(value) < np.inf:
            raise ValueError(f"new_user: {field.name} is {value!r}")
    made: FoldIn = kind(**settings)
    return made


def model_id(manifest: dict[str, Any]) -> str:
    """`<type>-<first 12 hex digits of the manifest's hash>`: the same model has the same name everywhere."""
    return f"{manifest['model_type']}-{sha256_of_json(manifest)[:12]}"


def load_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, after its files were checked against their hashes. DataError names the file that is wrong."""
    manifest = read_json(folder / "manifest.json")
    hashes = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(hashes, dict) or not isinstance(manifest.get("model_type"), str):
        raise DataError(f"{folder / 'manifest.json'}: not a manifest; run `dvc repro` to make the model")
    for part in ("params", "inputs"):
        if not isinstance(manifest.get(part, {}), dict):
            raise DataError(f"{folder / 'manifest.json'}: {part!r} is not what it should be; run `dvc repro`")
    for name in FILES[:2]:
        if not (folder / name).is_file() or sha256_of(folder / name) != hashes.get(name):
            raise DataError(f"{folder / name}: missing or not the file of the manifest; run `dvc repro` to make it")
    return dict(manifest)


def load(folder: Path) -> Factors:
    """The model in `folder`, checked. DataError names the file that is missing, torn or of the wrong shape."""
    manifest = load_manifest(folder)
    new_user = _or_refuse(folder / "manifest.json", lambda: rule_from(manifest.get("new_user", {})))
    path = folder / "factors.npz"
    arrays = read_arrays(path, "a factor model", "evaluate")
    return _or_refuse(path, lambda: _made_of(arrays, new_user))


def _made_of(arrays: dict[str, np.ndarray], new_user: FoldIn | None) -> Factors:
    rows = arrays["user_factors"], arrays["item_factors"]
    if any(part.dtype != np.float32 for part in rows):
        raise ValueError(f"factors of {rows[0].dtype} and {rows[1].dtype}, not float32")
    found = Factors(unpack_ids(arrays["user_ids"]), unpack_ids(arrays["item_ids"]), *rows, new_user)
    if (len(found.user_index), len(found.item_index)) != (len(found.user_ids), len(found.item_ids)):
        raise ValueError("an id stands there twice")
    return found


def _or_refuse(path: Path, make: Callable[[], T]) -> T:
    """What `make` makes. DataError that names the file of which it could not."""
    try:
        return make()
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise DataError(f"{path}: not a factor model ({error}); run `dvc repro` to make it") from None
