"""Sampled softmax learns who likes what, and goes on after a kill with the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bench.house.imports import ROOT
from recsys.models.checkpoints import Checkpoints, State
from recsys.program.errors import DataError
from tests.recsys.bpr.worlds import same
from tests.recsys.softmax.worlds import circles, fit
from tests.worlds import complains, even_odd


def test_even_users_like_even_items() -> None:
    made = fit(even_odd())
    scores = made.user_factors @ made.item_factors.T
    likes = np.add.outer(np.arange(12), np.arange(10)) % 2 == 0
    for user in range(12):
        assert scores[user][likes[user]].min() > scores[user][~likes[user]].max()


def test_items_of_a_circle_that_a_user_has_not_are_found() -> None:
    world = circles()
    scores = fit(world).score(np.arange(120))
    scores[world.toarray() > 0] = -np.inf
    best = np.argsort(-scores, axis=1)[:, :4]
    assert (best % 4 == np.arange(120)[:, None] % 4).mean() > 0.95


def test_rows_have_length_1_and_users_without_a_positive_have_none() -> None:
    cells = circles().toarray()
    cells[7] = 0
    made = fit(csr_matrix(cells), epochs=3)
    lengths = np.linalg.norm(made.user_factors, axis=1)
    assert np.delete(lengths, 7) == pytest.approx(1, abs=1e-5)
    assert lengths[7] == 0
    assert np.linalg.norm(made.item_factors, axis=1) == pytest.approx(1, abs=1e-5)
    assert made.user_factors.dtype == made.item_factors.dtype == np.float32
    assert [point["epoch"] for point in made.curve] == [1, 2, 3]
    assert all(0 <= point["train_auc"] <= 1 for point in made.curve)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    first, again, other = (fit(circles(), epochs=3, seed=seed) for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


def test_no_positive_is_a_data_error() -> None:
    with complains(DataError, "process.positive_threshold"):
        fit(csr_matrix((3, 4), dtype=np.float32))


class _KilledError(Exception):
    pass


class _Killed(Checkpoints):
    """Dies after a step is kept."""

    at = 0

    def save(self, step: int, state: State) -> None:
        super().save(step, state)
        if step == self.at:
            raise _KilledError


@pytest.mark.parametrize("at", [2, 3, 8])
def test_killed_and_run_again_it_ends_with_the_same_bytes(
    tmp_path: Path, at: int
) -> None:
    whole = fit(circles(), epochs=8)
    dying = _Killed(tmp_path, ["a"], every=2)
    dying.at = at
    with pytest.raises(_KilledError):
        fit(circles(), epochs=8, checkpoints=dying)
    kept = Checkpoints(tmp_path, ["a"], every=2)
    newest = kept.load()
    assert newest is not None and newest[0] == at - at % 2
    assert same(fit(circles(), epochs=8, checkpoints=kept), whole)


def test_a_start_is_gone_on_from_with_short_steps() -> None:
    world = circles()
    first = fit(world)
    start = first.user_factors, first.item_factors
    kept = [rows.copy() for rows in start]
    after = fit(world, epochs=1, start=start)
    near = (after.item_factors * first.item_factors).sum(axis=1)
    assert near.min() > 0.99 and near.max() < 1.01
    anew = fit(world, epochs=1)
    assert (anew.item_factors * first.item_factors).sum(axis=1).mean() < 0.9
    assert all(np.array_equal(*pair) for pair in zip(start, kept, strict=True))


PRINTS_HASH = """\
from recsys.program import determinism
determinism.apply()
import hashlib
from tests.recsys.softmax.worlds import circles, fit
made = fit(circles(users=1200, items=1100, share=0.04), epochs=2)
whole = made.user_factors.tobytes() + made.item_factors.tobytes() + repr(made.curve).encode()
print(hashlib.sha256(whole).hexdigest())
"""


def test_the_same_bytes_on_one_thread_and_on_more() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", PRINTS_HASH],
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={**os.environ, "NUMBA_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2")
    }
    assert len(found) == 1
