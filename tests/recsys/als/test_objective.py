"""The loss and the penalties are those of the formula, cell by cell."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.als import fit as als
from recsys.als import objective
from tests.recsys.als.worlds import params, shop, some_start


def plain_loss(
    task: objective.Problem, X: np.ndarray, Y: np.ndarray, W: np.ndarray
) -> float:
    assert task.features is not None
    total, C = 0.0, task.entries.toarray()
    for user, row in enumerate(C):
        for item, c in enumerate(row):
            total += (abs(c) if c else 1) * (
                float(c > 0) - float(X[user] @ Y[item])
            ) ** 2
    total += sum(r * float(x @ x) for r, x in zip(task.user_penalty, X, strict=True))
    away = Y - task.features @ W
    total += sum(r * float(y @ y) for r, y in zip(task.item_penalty, away, strict=True))
    return (
        total
        + task.feature_regularization * task.item_penalty.mean() * float((W**2).sum())
    ) / C.size


def test_the_loss_is_the_weighted_error_over_all_cells_and_the_penalties(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(objective, "BLOCK", 50)  # several blocks
    rng = np.random.default_rng(0)
    task = objective.problem(
        *shop(), params(frequency_scaling=0.7, alpha=2.0, dislike_weight=1.5)
    )
    X, Y, W = (
        rng.normal(size=(40, 3)),
        rng.normal(size=(24, 3)),
        rng.normal(size=(3, 3)),
    )
    assert objective.loss(task, X, Y, W) == pytest.approx(plain_loss(task, X, Y, W))


def test_penalties_grow_with_the_confidence_of_a_row() -> None:
    positives = csr_matrix(np.array([[2, 0, 1], [0, 0, 0]], dtype=np.float32))
    dislikes = csr_matrix(
        np.array([[0, 5, 0], [0, 0, 0]], dtype=np.float32)
    )  # its value does not count
    changes = {"regularization": 0.5, "alpha": 3.0, "dislike_weight": 2.0}
    by_scaling = [
        objective.problem(
            positives, dislikes, None, params(frequency_scaling=s, **changes)
        )
        for s in (0.0, 0.5, 1.0)
    ]
    assert by_scaling[2].entries.toarray().tolist() == [[6, -6, 3], [0, 0, 0]]
    assert [task.user_penalty.tolist() for task in by_scaling] == [
        [0.5, 0.5],
        [0.5 * np.sqrt(15 + 3), 0.5 * np.sqrt(0 + 3)],
        [0.5 * (15 + 3), 0.5 * (0 + 3)],
    ]
    assert by_scaling[2].item_penalty.tolist() == [
        0.5 * (6 + 2),
        0.5 * (6 + 2),
        0.5 * (3 + 2),
    ]


def test_what_does_not_fit_together_is_refused() -> None:
    positives, dislikes, features = shop()
    with pytest.raises(ValueError, match="dislikes"):
        objective.problem(positives, dislikes[:3], None, params())
    with pytest.raises(ValueError, match="23 rows of features"):
        objective.problem(positives, dislikes, features[1:], params())
    with pytest.raises(ValueError, match="positives and dislikes at once"):
        objective.problem(positives, positives, None, params())
    with pytest.raises(ValueError, match=r"a start of \(40, 5\) and \(24, 5\)"):
        als.fit(positives, dislikes, None, params(), start=some_start(5))
