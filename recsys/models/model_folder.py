"""A trained model on disk: factors.npz, curve.json and manifest.json, and the id that names it."""

from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from recsys.files.arrays import pack_ids, read_arrays, unpack_ids, write_arrays
from recsys.files.atomic import read_json, sha256_of, sha256_of_json, write_json
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn, LeastSquares, Pairwise
from recsys.program.errors import DataError

T = TypeVar("T")

FILES = ("factors.npz", "curve.json", "manifest.json")
FOLD_IN = {"least_squares": LeastSquares, "pairwise": Pairwise}


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

    `inputs` are hashes by name, for lineage; `notes` are what training found out and people want to
    know.
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
    """The inverse of `rule_of`. ValueError, TypeError, KeyError or OverflowError if it is no such
    rule.
    """
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
    """`<type>-<first 12 hex digits of the manifest's hash>`: the same model has the same name
    everywhere.
    """
    return f"{manifest['model_type']}-{sha256_of_json(manifest)[:12]}"


def load_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, after its files were checked against their hashes. DataError names the file
    that is wrong.
    """
    manifest = read_json(folder / "manifest.json")
    hashes = manifest.get("sha256") if isinstance(manifest, dict) else None
    if not isinstance(hashes, dict) or not isinstance(manifest.get("model_type"), str):
        raise DataError(
            f"{folder / 'manifest.json'}: not a manifest; run `dvc repro` to make the model"
        )
    for part in ("params", "inputs"):
        if not isinstance(manifest.get(part, {}), dict):
            raise DataError(
                f"{folder / 'manifest.json'}: {part!r} is not what it should be; run `dvc repro`"
            )
    for name in FILES[:2]:
        if not (folder / name).is_file() or sha256_of(folder / name) != hashes.get(name):
            raise DataError(
                f"{folder / name}: missing or not the file of the manifest; run `dvc repro` to make it"
            )
    return dict(manifest)


def load(folder: Path) -> Factors:
    """The model in `folder`, checked. DataError names the file that is missing, torn or of the
    wrong shape.
    """
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
        raise DataError(
            f"{path}: not a factor model ({error}); run `dvc repro` to make it"
        ) from None
