"""A temperature is found by the fold, in short fits and one whole one."""

from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.models.model import Trained
from recsys.softmax import fit as softmax
from recsys.softmax import temperature
from recsys.softmax.temperature import PORTFOLIO, Fold, fold_of, search
from tests.recsys.bpr.worlds import held_out_of, none_of, same
from tests.recsys.softmax.worlds import circles, params


def known() -> Interactions:
    return Interactions(circles(), circles(), none_of(circles()))


def fold() -> Fold:
    return fold_of(known(), held_out_of(circles()))


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    """The temperature and the epochs of each fit, in turn."""
    made: list[tuple[float, int]] = []
    fit = softmax.fit

    def noted(matrix: csr_matrix, settings: Any, at: float, *rest: Any, **more: Any):
        made.append((at, more["epochs"]))
        assert not matrix.multiply(held_out_of(circles())).nnz
        return fit(matrix, settings, at, *rest, **more)

    monkeypatch.setattr(softmax, "fit", noted)
    return made


def test_the_best_short_fit_gets_a_whole_one(fits: list[tuple[float, int]]) -> None:
    found = search(fold(), params(epochs=7, temperature="auto"), 1)
    assert fits == [*((one, 3) for one in PORTFOLIO), (found.temperature, 7)]
    short = [one["ndcg_at_10"] for one in found.tried[:-1]]
    assert found.temperature == PORTFOLIO[int(np.argmax(short))]
    assert found.tried[-1] == {
        "temperature": found.temperature,
        "epochs": 7,
        "ndcg_at_10": round(float(found.found.mean()), 6),
    }
    whole = softmax.fit(
        fold().known.binary, params(epochs=7), found.temperature, 1, epochs=7
    )
    assert same(found.fold, whole)


def test_fits_of_a_large_shop_have_as_many_epochs_as_its_visits_allow(
    fits: list[tuple[float, int]],
) -> None:
    visits = 6 * fold().known.binary.nnz + 1
    search(fold(), params(epochs=20, temperature="auto", max_visits=visits), 1)
    assert [epochs for _, epochs in fits] == [2, 2, 2, 2, 6]


def test_a_temperature_that_is_set_is_not_searched_for(
    fits: list[tuple[float, int]],
) -> None:
    assert search(fold(), params(epochs=7, temperature=0.2), 1).temperature == 0.2
    assert fits == [(0.2, 7)]


@pytest.mark.parametrize(("rival", "whole"), [(1.0, 0), (0.0, 1)])
def test_there_is_no_whole_fit_where_the_short_one_is_surely_behind(
    fits: list[tuple[float, int]], rival: float, whole: int
) -> None:
    users = np.diff(held_out_of(circles()).indptr).sum()
    theirs = np.full(users, rival)
    found = search(fold(), params(epochs=7, temperature="auto"), 1, rival=theirs)
    assert len(fits) == len(PORTFOLIO) + whole
    assert len(found.found) == users


def test_the_fold_ranks_by_the_factors_what_was_not_seen() -> None:
    """A perfect score finds the held-out positive of every user first."""
    held_out, one = held_out_of(circles()), fold()
    users = np.flatnonzero(np.diff(held_out.indptr))
    perfect = Trained(held_out.toarray(), np.eye(60, dtype=np.float32), [])
    assert one.found(perfect).tolist() == [1.0] * len(users)
    known_only = Trained(one.known.binary.toarray(), np.eye(60, dtype=np.float32), [])
    assert one.found(known_only).mean() < 0.5


def test_at_most_so_many_users_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temperature, "USERS", 5)
    one = fold()
    assert one.held_out.nnz == 5
    assert one.known.binary.nnz == circles().nnz - held_out_of(circles()).nnz
