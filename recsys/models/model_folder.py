"""A trained model on disk: its arrays, its training curve, and the manifest that names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.files.arrays import pack_ids, read_arrays, unpack_ids, write_arrays
from recsys.files.atomic import sha256_of, write_json
from recsys.models import manifest
from recsys.models.blended import NewUser
from recsys.models.factors import Factors
from recsys.models.manifest import CURVE, FACTORS, Manifest, Notes
from recsys.models.offered import MANIFEST
from recsys.models.rules import rule_from, rule_of
from recsys.program.errors import DataError
from recsys.ranking.weights import Weights

NO_NOTES = Notes()


@dataclass(frozen=True)
class SavedModel:
    """A model as it was read from its folder."""

    folder: Path
    factors: Factors
    manifest: Manifest

    @property
    def weights(self) -> Weights | None:
        """The hybrid weights that the model serves with; those of its params where training has
        noted none, None where these have none either.
        """
        try:
            return weights_of(self.folder, self.manifest)
        except DataError:
            return None

    @property
    def served_weights(self) -> Weights:
        """The same. DataError that names the manifest if there are none."""
        return weights_of(self.folder, self.manifest)

    @property
    def new_item_places(self) -> int:
        """How many of every ten places of a list are for new items."""
        noted = self.manifest.notes.new_items
        return noted.places if noted else 0


def weights_of(folder: Path, found: Manifest) -> Weights:
    """The hybrid weights that the model in `folder` serves with, by its manifest. DataError if it
    has none.
    """
    stated = found.notes.served or found.params.get("hybrid")
    try:
        # an older model was served without neighbours
        return Weights.model_validate({"neighbours": 0.0, **(stated or {})})
    except (TypeError, ValueError):
        raise DataError(
            f"{folder / MANIFEST}: no weights of the hybrid score; run `dvc repro`"
        ) from None


def save_none(folder: Path, why: str) -> None:
    """Write the three files of a folder that offers no model (manifest.is_offered)."""
    write_arrays(folder / FACTORS)
    write_json(folder / CURVE, [])
    write_json(folder / MANIFEST, {"offered": False, "why": why})


def save(
    factors: Factors,
    curve: list[dict[str, float]],
    model_type: str,
    params: dict[str, Any],
    inputs: dict[str, str],
    folder: Path,
    notes: Notes = NO_NOTES,
) -> str:
    """Write the three files, the manifest last; return the model's id.

    `params` are the section that it was trained by, `inputs` hashes by file name, for lineage.
    """
    write_arrays(
        folder / FACTORS,
        user_ids=pack_ids(factors.user_ids),
        item_ids=pack_ids(factors.item_ids),
        user_factors=factors.user_factors,
        item_factors=factors.item_factors,
    )
    write_json(folder / CURVE, curve)
    shapes = {
        "user_factors": list(factors.user_factors.shape),
        "item_factors": list(factors.item_factors.shape),
    }
    written = Manifest(
        model_type=model_type,
        params=params,
        inputs=inputs,
        new_user=rule_of(factors.new_user),
        notes=notes,
        shapes=shapes,
        sha256={name: sha256_of(folder / name) for name in (FACTORS, CURVE)},
    )
    written.write(folder)
    return written.model_id


def load(folder: Path) -> SavedModel:
    """The model in `folder`, checked. DataError names the file that is missing, torn or of the
    wrong shape.
    """
    checked = manifest.read_checked(folder)
    with _refused(folder / MANIFEST):
        new_user = rule_from(checked.new_user)
    path = folder / FACTORS
    arrays = read_arrays(path, "a factor model", "evaluate")
    with _refused(path):
        factors = _factors_of(arrays, new_user)
    return SavedModel(folder, factors, checked)


def _factors_of(arrays: dict[str, np.ndarray], new_user: NewUser | None) -> Factors:
    rows = arrays["user_factors"], arrays["item_factors"]
    if any(part.dtype != np.float32 for part in rows):
        raise ValueError(f"factors of {rows[0].dtype} and {rows[1].dtype}, not float32")
    user_ids, item_ids = unpack_ids(arrays["user_ids"]), unpack_ids(arrays["item_ids"])
    factors = Factors(user_ids, item_ids, *rows, new_user)
    if (len(factors.user_index), len(factors.item_index)) != factors.shape:
        raise ValueError("an id stands there twice")
    return factors


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """DataError that names the file, for any error that its content may cause."""
    try:
        yield
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        raise DataError(
            f"{path}: not a factor model ({error}); run `dvc repro` to make it"
        ) from None
