"""Scores of comments, and learned scorers, that are known already: speed, never results.

The key of both files is what a text's score depends on beside the text itself.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.comments.learned import FOLDS, Model
from recsys.comments.words import BUCKETS
from recsys.files.cache import read_cache, write_cache

RECORD = np.dtype(
    [("high", "<u8"), ("low", "<u8"), ("sentiment", "<f8"), ("evidence", "<f8")]
)


def read_scores(path: Path, key: bytes) -> np.ndarray:
    """The records (n,) of RECORD, sorted by hash of the text; none where the key is unknown."""
    arrays = read_cache(path, key)
    return np.empty(0, dtype=RECORD) if arrays is None else arrays["scores"]


def write_scores(path: Path, key: bytes, table: np.ndarray) -> None:
    """Replace the file by these records (n,) of RECORD, so it never holds more than one run's
    texts.
    """
    by_hash = np.lexsort([table["low"], table["high"]])
    write_cache(path, key, {"scores": table[by_hash]})


def fill_known(table: np.ndarray, records: np.ndarray) -> np.ndarray:
    """Copy what `records` (sorted by key) know into `table`; which rows of it were known, (table,)
    bool.
    """
    if not len(records):
        return np.zeros(len(table), dtype=bool)
    at = np.minimum(np.searchsorted(records["high"], table["high"]), len(records) - 1)
    known = (records["high"][at] == table["high"]) & (
        records["low"][at] == table["low"]
    )
    table[known] = records[at[known]]
    return np.asarray(known)


@dataclass(frozen=True)
class KeptModels:
    """The models of the last training set, in a file: of the buckets those that are not as most
    are, which no text has met.
    """

    path: Path
    key: bytes

    def read(self) -> list[Model | None]:
        """The models of all folds; [] if none are kept for the key."""
        arrays = read_cache(self.path, self.key)
        if arrays is None:
            return []
        bounds = np.cumsum(arrays["met"])[:-1]
        parts = (
            np.split(arrays[name], bounds) for name in ("column", "weight", "square")
        )
        each = zip(*parts, arrays["unmet"], arrays["intercept"], strict=True)
        return [_filled(*one) for one in each]

    def write(self, models: list[Model | None]) -> None:
        """Keep the models, if all folds have one."""
        learned = [model for model in models if model]
        if len(learned) < FOLDS:
            return
        unmet = [np.median(model.square) for model in learned]
        columns = [
            np.flatnonzero((model.weight != 0) | (model.square != usual))
            for model, usual in zip(learned, unmet, strict=True)
        ]
        of_models = list(zip(learned, columns, strict=True))
        arrays = {
            "met": np.array([len(column) for column in columns]),
            "column": np.concatenate(columns),
            "weight": np.concatenate([model.weight[at] for model, at in of_models]),
            "square": np.concatenate([model.square[at] for model, at in of_models]),
            "unmet": np.array(unmet),
            "intercept": np.array([model.intercept for model in learned]),
        }
        write_cache(self.path, self.key, arrays)


def _filled(
    column: np.ndarray,
    weight: np.ndarray,
    square: np.ndarray,
    unmet: float,
    intercept: float,
) -> Model:
    """A model of all buckets: those of `column`, and the others as they are unmet."""
    weights, squares = np.zeros(BUCKETS), np.full(BUCKETS, unmet)
    weights[column], squares[column] = weight, square
    return Model(weights, squares, float(intercept))
