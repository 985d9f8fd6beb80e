"""A logistic regression with classes of equal weight, by the solver that scikit-learn carries.

The package takes two seconds to load, for all of scipy.stats stands behind it; its compiled solver
(LIBLINEAR; Fan et al., 2008) takes a twentieth of one. So the solver is loaded by itself, and the
package where this version of it does not let us: the result is the same, bit for bit.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

PACKAGES = ("sklearn", "sklearn.utils", "sklearn.svm")
DUAL_LOGISTIC = 7  # LIBLINEAR's number of the dual solver
COST = 1.0  # inverse strength of the penalty
TOLERANCE = 1e-3
MAX_ITERATIONS = 1000
BIAS = 1.0  # of the column that is added for the intercept


class Fitted(NamedTuple):
    """Coefficients (columns,) float64, and the intercept."""

    coefficients: np.ndarray
    intercept: float


def fit(rows: csr_matrix, positive: np.ndarray) -> Fitted:
    """Learn which of `rows` (n, columns) float64 are `positive` (n,) bool; there are both kinds.

    The same bytes for any number of threads: the solver has one and calls no threaded BLAS.
    """
    try:
        return _by_solver(solver(), rows, positive)
    except (ImportError, AttributeError, TypeError, ValueError):
        return by_package(rows, positive)


def _by_solver(train: Any, rows: csr_matrix, positive: np.ndarray) -> Fitted:
    label = positive.astype(np.float64)
    balanced = len(label) / (2 * np.bincount(positive, minlength=2).astype(np.float64))
    seed = np.random.RandomState(0).randint(np.iinfo("i").max)
    raw, _ = train(
        rows,
        label,
        True,
        DUAL_LOGISTIC,
        TOLERANCE,
        BIAS,
        COST,
        balanced,
        MAX_ITERATIONS,
        seed,
        0.1,  # of another loss
        np.ones(len(label)),
    )
    return Fitted(np.asarray(raw[0, :-1]), float(raw[0, -1]))


def by_package(rows: csr_matrix, positive: np.ndarray) -> Fitted:
    """The same by what scikit-learn documents."""
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        solver="liblinear",
        dual=True,
        C=COST,
        class_weight="balanced",
        max_iter=MAX_ITERATIONS,
        tol=TOLERANCE,
        random_state=0,
    )
    regression.fit(rows, positive)
    return Fitted(regression.coef_[0], float(regression.intercept_[0]))


def solver() -> Any:
    """The compiled solver's function. ImportError if it cannot be loaded."""
    with _packages_without_their_code():
        compiled = importlib.import_module("sklearn.svm._liblinear")
    compiled.set_verbosity_wrap(0)
    return compiled.train_wrap


@contextmanager
def _packages_without_their_code() -> Iterator[None]:
    """Let modules of scikit-learn be found without running its packages' own code; whoever loads
    the package afterwards gets it whole. Nothing is done if it is loaded.
    """
    if PACKAGES[0] in sys.modules:
        yield
        return
    found = importlib.util.find_spec(PACKAGES[0])
    if found is None or not found.submodule_search_locations:
        raise ImportError(f"there is no package {PACKAGES[0]}")
    folder = Path(found.submodule_search_locations[0])
    for name in PACKAGES:
        package = ModuleType(name)
        package.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in PACKAGES:
            del sys.modules[name]
