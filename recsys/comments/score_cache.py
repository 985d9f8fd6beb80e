"""Scores of comments, and learned scorers, that are known already: speed, never results."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.comments.learned import FOLDS, Model
from recsys.files.arrays import TORN, read_arrays, write_arrays
from recsys.files.atomic import atomic
from recsys.program.errors import DataError

log = logging.getLogger(__name__)
RECORD = np.dtype([("high", "<u8"), ("low", "<u8"), ("sentiment", "<f8"), ("evidence", "<f8")])
HASH = 32  # bytes of a SHA-256


# ---- the cache: hash of the rest, mark, records sorted by key ----
def read_cache(path: Path, mark: bytes) -> np.ndarray:
    """The records (n,) of a cache file; none if there is no such file, it is torn, or it has
    another mark.
    """
    none = np.empty(0, dtype=RECORD)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return none
    body = memoryview(content)[HASH:]
    if hashlib.sha256(body).digest() != content[:HASH] or len(body) < HASH:
        log.warning("quality: %s is torn; it is dropped and made anew", path)
        return none
    return np.frombuffer(body[HASH:], dtype=RECORD) if body[:HASH] == mark else none


def write_cache(path: Path, mark: bytes, table: np.ndarray) -> None:
    """Replace the cache file by these records, whole or not at all; so it never holds more than one
    run's texts.
    """
    body = mark + np.sort(table, order=["high", "low"]).tobytes()
    with atomic(path) as temp:
        temp.write_bytes(hashlib.sha256(body).digest() + body)


def fill_known(table: np.ndarray, records: np.ndarray) -> np.ndarray:
    """Copy what `records` (sorted by key) know into `table`; which rows of it were known, (table,)
    bool.
    """
    if not len(records):
        return np.zeros(len(table), dtype=bool)
    at = np.minimum(np.searchsorted(records["high"], table["high"]), len(records) - 1)
    known = (records["high"][at] == table["high"]) & (records["low"][at] == table["low"])
    table[known] = records[at[known]]
    return np.asarray(known)


@dataclass(frozen=True)
class Shelf:
    """Where the models of the last training set are kept: speed, never results. `mark` says what
    they depend on.
    """

    path: Path
    mark: bytes

    def take(self) -> list[Model | None]:
        """The models; none if there are none of this mark, or the file is torn."""
        try:
            arrays = read_arrays(self.path, "learned models", "process")
            if arrays["mark"].tobytes() != self.mark or arrays["check"].tobytes() != _check(arrays):
                return []
            sides = zip(arrays["weight"], arrays["square"], arrays["intercept"], strict=True)
            return [Model(weight, square, float(one)) for weight, square, one in sides]
        except (DataError, *TORN):
            return []

    def put(self, models: list[Model | None]) -> None:
        """Keep the models, if all folds have one."""
        learned = [model for model in models if model]
        if len(learned) < FOLDS:
            return
        arrays = {
            "mark": np.frombuffer(self.mark, dtype=np.uint8),
            "weight": np.stack([model.weight for model in learned]),
            "square": np.stack([model.square for model in learned]),
            "intercept": np.array([model.intercept for model in learned]),
        }
        arrays["check"] = np.frombuffer(_check(arrays), dtype=np.uint8)
        write_arrays(self.path, **arrays)


def _check(arrays: dict[str, np.ndarray]) -> bytes:
    names = ("mark", "weight", "square", "intercept")
    return hashlib.sha256(b"".join(arrays[name].tobytes() for name in names)).digest()
