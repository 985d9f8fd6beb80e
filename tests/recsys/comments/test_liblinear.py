"""The solver by itself gives what the package around it gives."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random_array

from bench.house.imports import ROOT
from recsys.comments import liblinear


def texts(count: int = 300) -> tuple[csr_matrix, np.ndarray]:
    """Rows of a few words, and which are positive: most are."""
    drawn = np.random.default_rng(1)
    rows = csr_matrix(random_array((count, 80), density=0.1, rng=drawn, format="csr"))
    return rows, drawn.random(count) < 0.8


def test_the_bare_solver_equals_what_scikit_learn_documents() -> None:
    rows, positive = texts()
    assert liblinear.solver()
    bare, whole = liblinear.fit(rows, positive), liblinear.by_package(rows, positive)
    assert bare.coefficients.tobytes() == whole.coefficients.tobytes()
    assert bare.intercept == whole.intercept
    assert np.abs(bare.coefficients).max() > 0.1


def test_where_the_solver_cannot_be_had_alone_the_package_does_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, positive = texts()
    bare = liblinear.fit(rows, positive)

    def missing() -> None:
        raise ImportError("no such module")

    monkeypatch.setattr(liblinear, "solver", missing)
    whole = liblinear.fit(rows, positive)
    assert bare.coefficients.tobytes() == whole.coefficients.tobytes()


def test_the_package_is_not_loaded_and_whole_for_whoever_wants_it_later() -> None:
    script = (
        "import sys; from tests.recsys.comments.test_liblinear import texts\n"
        "from recsys.comments import liblinear\n"
        "rows, positive = texts(); liblinear.fit(rows, positive)\n"
        "assert not {'sklearn', 'sklearn.svm', 'scipy.stats', 'pandas'} & set(sys.modules)\n"
        "import sklearn.svm, sklearn.utils\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "assert sklearn.svm.LinearSVC and sklearn.__version__\n"
        "liblinear.by_package(rows, positive)\n"
        "liblinear.fit(rows, positive)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
