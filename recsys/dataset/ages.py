"""How long ago a user liked something, counted in what they have liked since."""

import numpy as np
import polars as pl


def ages_of(user: np.ndarray, time: np.ndarray) -> np.ndarray:
    """1 + how many positives of the same user are later: (n,) float32 of n positives, by their
    `user` (n,) and `time` (n,). Those of one moment are of one age, in whatever order they stand.
    """
    columns = {"user": user, "time": time}  # polars sorts ten times as fast as numpy
    ordered = pl.DataFrame(columns).with_row_index("row").sort("user", "time")
    user, time, order = (ordered[name].to_numpy() for name in ("user", "time", "row"))
    ages = np.empty(len(order), np.float32)
    ages[order] = _last(user)[_runs(user)] - _last(user, time)[_runs(user, time)] + 1
    return ages


def _begins(*columns: np.ndarray) -> np.ndarray:
    """Whether a row differs from the one before, (n,) bool."""
    found = np.ones(len(columns[0]), bool)
    found[1:] = np.any([one[1:] != one[:-1] for one in columns], axis=0)
    return found


def _runs(*columns: np.ndarray) -> np.ndarray:
    """The number of the run of equal rows that each row is in, (n,) int64."""
    numbers: np.ndarray = np.cumsum(_begins(*columns)) - 1
    return numbers


def _last(*columns: np.ndarray) -> np.ndarray:
    """The last row of each run, (runs,) int64."""
    begins = np.flatnonzero(_begins(*columns))
    return np.append(begins[1:], len(columns[0])) - 1
