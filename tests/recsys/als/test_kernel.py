"""The kernel takes the steps of the textbook, and gives the same bytes on any number of threads."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from recsys.als import fit as als
from recsys.als import objective
from tests.recsys.als.worlds import SETTINGS, params, shop, some_start, textbook_rows


@pytest.mark.parametrize(
    ("scaling", "with_features"), [(0.0, False), (1.0, False), (0.5, True)]
)
def test_it_converges_to_what_the_textbook_solver_finds(
    scaling: float, with_features: bool
) -> None:
    positives, dislikes, F = shop()
    settings = params(frequency_scaling=scaling, iterations=150, regularization=0.5)
    features = F if with_features else None
    X, Y = (part.astype(np.float64) for part in some_start())
    trained = als.fit(positives, dislikes, features, settings, start=(X, Y))
    task = objective.problem(positives, dislikes, features, settings)
    C, r = task.entries.toarray().astype(np.float64), task.item_penalty
    for _ in range(150):
        W = (
            np.linalg.solve((F.T * r) @ F + r.mean() * np.eye(3), (F.T * r) @ Y)
            * with_features
        )
        X = textbook_rows(C, Y, task.user_penalty, np.zeros_like(X))
        Y = textbook_rows(C.T, X, r, F @ W)
    assert trained.curve[-1]["loss"] == pytest.approx(
        objective.loss(task, X, Y, W), rel=1e-4
    )
    assert np.abs(trained.user_factors @ trained.item_factors.T - X @ Y.T).max() < 0.01


def test_native_and_implicit_come_to_the_same_scores() -> None:
    positives, dislikes, _ = shop()
    native, implicit = (
        als.fit(
            *(positives, dislikes, None, params(solver=solver, iterations=400)),
            start=some_start(),
        )
        for solver in ("native", "implicit")
    )
    scores = native.user_factors @ native.item_factors.T
    theirs = implicit.user_factors @ implicit.item_factors.T
    assert np.abs(scores - theirs).max() < 1e-3
    assert native.curve[-1]["loss"] == pytest.approx(implicit.curve[-1]["loss"], 1e-5)


SCRIPT = """
import hashlib, stages
import numpy as np
from scipy.sparse import csr_matrix
from recsys.als import fit as als
from recsys.als.params import Params
rng = np.random.default_rng(0)
values = rng.integers(-1, 4, (900, 70)).astype(np.float32) * (rng.random((900, 70)) < 0.2)
positives, dislikes = (csr_matrix(np.maximum(sign * values, 0)) for sign in (1, -1))
trained = als.fit(positives, dislikes, rng.random((70, 9)), Params(**{settings}))
factors = trained.user_factors.tobytes() + trained.item_factors.tobytes()
print(hashlib.sha256(factors).hexdigest(), trained.curve)
"""


def test_the_same_bytes_on_one_thread_and_two_compiled_now_or_before(
    tmp_path: Path,
) -> None:
    script = SCRIPT.replace(
        "{settings}", repr({**SETTINGS, "factors": 27, "frequency_scaling": 0.5})
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={
                **os.environ,
                "NUMBA_CACHE_DIR": str(tmp_path),
                "NUMBA_NUM_THREADS": threads,
            },
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for threads in ("2", "1")  # the first has to compile
    ]
    assert found[0] == found[1]
    assert "'iteration': 5" in found[0]


def test_rows_that_shrink_to_nothing_are_solved_and_not_divided_by() -> None:
    """Users and items with dislikes only go to 0 by steps; after many their squares are under what
    float32 has.
    """
    rng = np.random.default_rng(0)
    kinds = rng.random((60, 40))
    kinds[40:] = np.where(kinds[40:] < 0.2, 0.95, 0)
    kinds[:, 30:] = np.where(kinds[:, 30:] < 0.2, 0.95, 0)
    positives, dislikes = (
        csr_matrix(part.astype(np.float32))
        for part in ((kinds > 0.5) & (kinds < 0.7), kinds > 0.9)
    )
    made = als.fit(
        positives,
        dislikes,
        None,
        params(factors=8, iterations=60, alpha=7.5, dislike_weight=5.0),
    )
    assert np.isfinite(made.user_factors).all() and np.isfinite(made.item_factors).all()
    assert (
        not made.user_factors[40:].any() or np.abs(made.user_factors[40:]).max() < 1e-9
    )
