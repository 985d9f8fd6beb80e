"""A release: a model with all that it needs to answer, in one folder that never changes.

releases/<model_id>/release.json    what it is, and sha256, dtype and shape of each array; last
releases/<model_id>/<name>.npy      the arrays of array_shapes.py, raw, to be mapped

Everything is checked before use. What is wrong is refused with one message, and nothing outside of
the folder is opened: names of files come from there, never from the release, and no link is
followed.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recsys.files import lock
from recsys.files.atomic import fsync_folder, parse_json, write_json
from recsys.models import blended
from recsys.models.rules import rule_from
from recsys.program.errors import DataError, in_one_line
from recsys.ranking.weights import MOST_NEW_PLACES, Weights
from recsys.serving import array_files, pointer
from recsys.serving.array_files import ADVICE, Entry
from recsys.serving.array_shapes import (
    ARRAYS,
    MATRICES,
    TEXTS,
    VALUES,
    check_lengths,
)
from recsys.serving.texts import Directory, unpacked

ABOUT = "release.json"
LONGEST = 1 << 20  # bytes of release.json
# what releases of before lack: all they know is of one age, and what training was told of, and
# their items are as they were trained
SINCE = {"liked_ages", "liked_later", "trained_factors", "trained_items"}
WRONG = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)


class About(BaseModel):
    """release.json."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False
    )

    format: Literal[1]
    model_id: str
    manifest_sha256: str  # of the model; its first digits are in the id
    weights: dict[str, float]  # of the hybrid score
    # of ten places of a list; an older release keeps none
    new_item_places: int = Field(default=0, ge=0, le=MOST_NEW_PLACES)
    new_user: dict[str, Any]  # the rule for new users (recsys/models/fold_in.py)
    bought_confidence: float = Field(gt=0, le=100)  # of a purchase without stars
    trained_users: int = Field(ge=0)  # the first rows; the others were folded in
    made_of: dict[str, str]  # sha256 by file name, for lineage
    files: dict[str, Entry]  # by the names of ARRAYS


@dataclass(frozen=True)
class Release:
    """A release that was checked; its arrays are mapped."""

    folder: Path
    about: About
    arrays: Mapping[str, np.ndarray]

    @property
    def model_id(self) -> str:
        return self.about.model_id

    @cached_property
    def users(self) -> Directory:
        """The ids of the users by row."""
        names = ("user_ids", "user_ids_ends", "user_hashes", "user_places")
        return Directory(*(self.arrays[name] for name in names))

    @cached_property
    def texts(self) -> dict[str, list[str]]:
        """Each of TEXTS, by item."""
        return {name: self._texts(name) for name in TEXTS}

    @cached_property
    def ages(self) -> np.ndarray:
        """The age of each thing that is liked, (likes,) int32."""
        ages = self.arrays.get("liked_ages")
        if ages is None:
            ages = np.ones(len(self.arrays["liked_items"]), np.int32)
        return ages

    @cached_property
    def weights(self) -> Weights:
        return Weights.model_validate(self.about.weights)

    def row_of(self, matrix: str, user: int) -> slice:
        """Where a user's cells stand in the arrays of a csr."""
        indptr = self.arrays[f"{matrix}_indptr"]
        return slice(int(indptr[user]), int(indptr[user + 1]))

    def items_of(self, matrix: str, user: int) -> np.ndarray:
        """The items of a user's cells in one of MATRICES."""
        items: np.ndarray = self.arrays[f"{matrix}_items"][self.row_of(matrix, user)]
        return items

    def later_of(self, user: int) -> np.ndarray:
        """The items that a user likes and that training was not told of."""
        items, later = self.items_of("liked", user), self.arrays.get("liked_later")
        if later is None:
            return items[:0]
        found: np.ndarray = items[later[self.row_of("liked", user)] > 0]
        return found

    def _texts(self, name: str) -> list[str]:
        return unpacked(self.arrays[name], self.arrays[f"{name}_ends"])


# ---- written ----
def write(releases: Path, about: About, arrays: Mapping[str, np.ndarray]) -> Path:
    """Write the release beside its place and rename it whole; its folder. `about.files` is filled
    in here. One that is there already stays as it is, after it was checked.

    DataError if it would be refused later, or if the one that is there is not whole.
    """

    def fill(temp: Path) -> None:
        dtypes = {name: dtype for name, (dtype, _) in ARRAYS.items()}
        with _refused(releases / about.model_id):
            _check_id(about)
            _check_shapes(Release(temp, about, arrays))
        files = array_files.write_all(temp, arrays, dtypes)
        whole = about.model_copy(update={"files": files})
        write_json(temp / ABOUT, whole.model_dump())

    return _placed(releases, about.model_id, fill)


def keep(releases: Path, found: Release) -> Path:
    """Write a release that was made in memory, or let one that stands elsewhere stand here too: by
    hard links, which take no room, for its files never change; by copies on another disk.
    """
    if not (found.folder / ABOUT).is_file():
        return write(releases, found.about, found.arrays)

    def fill(temp: Path) -> None:
        for name in [ABOUT, *(f"{array}.npy" for array in found.about.files)]:
            array_files.link(found.folder / name, temp / name)
        _checked(temp, found.about)

    return _placed(releases, found.model_id, fill)


def _placed(releases: Path, model_id: str, fill: Callable[[Path], None]) -> Path:
    """The folder of a release that is there, or that `fill` has written, and checked, beside its
    place.
    """
    folder = releases / pointer.check_id(model_id)
    releases.mkdir(parents=True, exist_ok=True)
    with lock.held(releases / ".lock"):
        if folder.exists() or folder.is_symlink():
            load(releases, model_id)
            return folder
        temp = releases / f".{model_id}.part"
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        fill(temp)
        fsync_folder(temp)
        temp.replace(folder)
        fsync_folder(releases)
    return folder


def in_memory(about: About, arrays: Mapping[str, np.ndarray]) -> Release:
    """The release as it would be, without a folder. DataError if it would be refused."""
    release = Release(Path(about.model_id), about, arrays)
    with _refused(release.folder):
        _check_shapes(release)
    return release


# ---- read ----
def load(releases: Path, model_id: str) -> Release:
    """The release of this model, checked whole. DataError says what is wrong with it."""
    folder = releases / pointer.check_id(model_id)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise DataError(f"{folder}: not a folder; {ADVICE}")
    if not folder.is_dir():
        raise DataError(
            f"{folder}: no such release; publish it with `python runner.py promote`"
        )
    about = _read_about(folder)
    if about.model_id != model_id:
        raise DataError(f"{folder}: holds {about.model_id[:60]!r}; {ADVICE}")
    return _checked(folder, about)


def _read_about(folder: Path) -> About:
    path = folder / ABOUT
    with array_files.opened(path) as file:
        content = file.read(LONGEST)
    try:
        return About.model_validate(parse_json(content))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"])) or "release.json"
        reason = f"{place}: {problem['msg']}"
    except ValueError as error:
        reason = in_one_line(error)
    raise DataError(f"{path}: not the description of a release ({reason}); {ADVICE}")


def _checked(folder: Path, about: About) -> Release:
    with _refused(folder):
        if odd := sorted((set(about.files) ^ set(ARRAYS)) - SINCE):
            raise ValueError(f"{odd[0][:60]!r} is missing, or no array of a release")
        _check_id(about)
    arrays = {
        name: array_files.mapped(folder, name, about.files[name], dtype)
        for name, (dtype, _) in ARRAYS.items()
        if name in about.files
    }
    release = Release(folder, about, arrays)
    with _refused(folder):
        _check_shapes(release)
    return release


def _check_id(about: About) -> None:
    if about.manifest_sha256[:12] != about.model_id.rpartition("-")[2]:
        raise ValueError("another manifest than its id says")


@contextmanager
def _refused(folder: Path) -> Iterator[None]:
    try:
        yield
    except WRONG as error:
        raise DataError(
            f"{folder}: not a whole release ({in_one_line(error)}); {ADVICE}"
        ) from None


def _check_shapes(release: Release) -> None:
    """ValueError unless all arrays are of the same users and items."""
    arrays = release.arrays
    users, items = len(arrays["user_kinds"]), len(arrays["popularity"])
    check_lengths(arrays)
    if not items or release.about.trained_users > users:
        raise ValueError("no items, or more trained users than users")
    for name in (*MATRICES, "near"):
        array_files.check_matrix(
            arrays[f"{name}_indptr"], arrays[f"{name}_items"], items, name
        )
    for name, values in VALUES:
        if values in arrays and len(arrays[values]) != len(arrays[f"{name}_items"]):
            raise ValueError(f"{values} has another length than {name}_items")
    if release.ages.min(initial=1) < 1:
        raise ValueError("an age below 1")
    own = arrays.get("trained_factors")
    width = arrays["user_factors"].shape[1]
    if own is not None and own.shape != (release.about.trained_users, width):
        raise ValueError(f"trained_factors has shape {own.shape}")
    items_own = arrays.get("trained_items", arrays["item_factors"])
    if items_own.shape != arrays["item_factors"].shape:
        raise ValueError(f"trained_items has shape {items_own.shape}")
    release.users.check()
    if len(set(release.texts["item_ids"])) != items:
        raise ValueError("a product id stands there twice")
    rule = rule_from(release.about.new_user)
    if release.weights and rule is None:
        raise ValueError("no rule for new users")
    blended.check_width(rule, arrays["item_factors"].shape[1])
