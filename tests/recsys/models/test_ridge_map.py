"""The ridge map beside scikit-learn's, and the rows that it predicts."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge, RidgeCV

from recsys.models import ridge_map as ridge_map_module
from recsys.models.cold_items import drawn_to
from recsys.models.ridge_map import RIDGES, ridge_map, rows_from_texts
from tests.recsys.models.texts import factors_of, texts


def chosen(vectors: np.ndarray, factors: np.ndarray) -> float | None:
    """The ridge with the smallest error over all fits that leave one item out, each made; None if
    the mean has it.
    """
    errors = dict.fromkeys([None, *RIDGES.tolist()], 0.0)
    for item in range(len(vectors)):
        rest = np.arange(len(vectors)) != item
        for ridge in errors:
            model = Ridge(
                alpha=1e12 if ridge is None else ridge, solver="cholesky"
            ).fit(vectors[rest], factors[rest])
            errors[ridge] += float(
                ((model.predict(vectors[item : item + 1]) - factors[item]) ** 2).sum()
            )
    return min(errors, key=errors.__getitem__)


@pytest.mark.parametrize(
    ("items", "width", "noise"), [(12, 3, 0.1), (12, 3, 1.0), (8, 12, 0.3)]
)
def test_the_map_is_scikit_learns_ridge_with_the_least_leave_one_out_error(
    items: int, width: int, noise: float
) -> None:
    vectors = texts(items, width, 1).astype(np.float64)
    factors = factors_of(vectors, noise, 2).astype(np.float64)
    best = chosen(vectors, factors)
    assert best is not None
    model = Ridge(alpha=best, solver="cholesky").fit(vectors, factors)
    W = ridge_map(vectors, factors)
    assert W is not None
    assert W.shape == (width + 1, 4)
    assert W[:-1] == pytest.approx(model.coef_.T, abs=1e-8)
    assert W[-1] == pytest.approx(model.intercept_, abs=1e-8)
    assert RidgeCV(alphas=RIDGES).fit(vectors, factors).alpha_ == pytest.approx(best)


def test_where_the_mean_of_the_others_is_as_good_there_is_no_map() -> None:
    vectors = texts(10, 2, 1).astype(np.float64)
    factors = np.random.default_rng(3).normal(size=(10, 4))
    assert chosen(vectors, factors) is None
    assert ridge_map(vectors, factors) is None
    assert ridge_map(np.repeat(texts(1, 5, 0), 4, axis=0), factors[:4]) is None


def test_the_ridge_of_very_many_items_is_chosen_by_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = texts(400, 30, 3)
    factors = factors_of(vectors, 0.5, 4)
    whole = ridge_map(vectors, factors)
    monkeypatch.setattr(ridge_map_module, "JUDGES", 300)
    found = ridge_map(vectors, factors)
    assert whole is not None
    assert found == pytest.approx(whole, abs=0.2)  # the next smaller ridge at most
    noise = np.random.default_rng(5).normal(size=factors.shape)
    assert ridge_map(vectors, noise) is None


def test_one_map_for_many_items_is_ridge_cv() -> None:
    vectors = texts(400, 30, 3)
    factors = factors_of(vectors, 0.5, 4)
    model = RidgeCV(alphas=RIDGES).fit(
        vectors.astype(np.float64), factors.astype(np.float64)
    )
    W = ridge_map(vectors, factors)
    assert W is not None
    assert vectors @ W[:-1] + W[-1] == pytest.approx(
        model.predict(vectors.astype(np.float64)), abs=1e-4
    )


@pytest.mark.parametrize("bias", [False, True])
def test_a_predicted_row_has_the_direction_of_the_map_the_mean_length_and_the_mean_bias(
    bias: bool,
) -> None:
    vectors = texts(20, 3, 5)
    factors = factors_of(vectors, 0.3, 6)
    counts = np.where(np.arange(20) < 15, 1, 0)
    W = ridge_map(vectors[:15], factors[:15])
    assert W is not None
    rows = [vector @ W[:-1] + W[-1] for vector in vectors]
    taste = [row[:-1] if bias else row for row in rows]
    lengths = [np.sqrt(sum(one**2 for one in row)) for row in taste]
    made = rows_from_texts(vectors, factors, counts, bias)
    assert made.dtype == np.float32
    for item in range(20):
        expected = list(taste[item] / lengths[item] * (sum(lengths) / 20))
        expected += [sum(row[-1] for row in rows) / 20] * bias
        assert made[item] == pytest.approx(np.array(expected), rel=1e-5)


def test_cold_items_get_the_direction_that_warm_ones_teach() -> None:
    vectors = texts(60, 3, 5)
    true = factors_of(vectors, 0.0, 6)
    counts = np.where(np.arange(60) < 40, 9, 0)
    made = rows_from_texts(
        vectors,
        np.where(counts[:, None] > 0, true, 77).astype(np.float32),
        counts,
        False,
    )
    cosine = (
        (made * true).sum(axis=1)
        / np.linalg.norm(made, axis=1)
        / np.linalg.norm(true, axis=1)
    )
    assert cosine.min() > 0.9999


def test_items_without_a_positive_teach_nothing() -> None:
    vectors = texts(30, 3, 5)
    true = factors_of(vectors, 0.0, 6)
    counts = np.where(np.arange(30) < 20, 1, 0)
    spoilt = np.where(counts[:, None] > 0, true, -1000).astype(np.float32)
    assert np.array_equal(
        rows_from_texts(vectors, true, counts, True),
        rows_from_texts(vectors, spoilt, counts, True),
    )


def test_an_item_without_a_text_keeps_its_row_and_teaches_nothing() -> None:
    vectors, counts = texts(20, 3, 7), np.full(20, 9)
    factors = factors_of(vectors, 0.1, 8)
    vectors[[4, 11]], counts[11] = 0, 0
    made = rows_from_texts(vectors, factors, counts, False)
    assert np.array_equal(made[[4, 11]], factors[[4, 11]])
    said = vectors.any(axis=1)
    assert made[said] == pytest.approx(
        rows_from_texts(vectors[said], factors[said], counts[said], False), rel=1e-5
    )
    assert drawn_to(made, factors, counts, 99)[[4, 11]] == pytest.approx(
        factors[[4, 11]], rel=1e-6
    )


def test_the_factors_that_went_in_are_not_changed() -> None:
    vectors, counts = texts(20, 3, 7), np.arange(20)
    factors = factors_of(vectors, 0.1, 8)
    before = factors.copy()
    drawn_to(rows_from_texts(vectors, factors, counts, True), factors, counts, 5)
    assert np.array_equal(factors, before)


@pytest.mark.parametrize("counts", [[0, 0, 0, 0], [0, 9, 0, 0]])
def test_without_two_items_to_learn_from_the_factors_stay(counts: list[int]) -> None:
    vectors = texts(4, 3, 0)
    factors = factors_of(vectors, 1.0, 0)
    assert np.array_equal(
        rows_from_texts(vectors, factors, np.array(counts), False), factors
    )


def test_without_a_text_or_with_one_text_for_all_the_factors_stay() -> None:
    factors = factors_of(texts(4, 3, 0), 1.0, 0)
    for vectors in (np.zeros((4, 3), np.float32), np.repeat(texts(1, 3, 0), 4, axis=0)):
        assert np.array_equal(
            rows_from_texts(vectors, factors, np.full(4, 9), False), factors
        )
