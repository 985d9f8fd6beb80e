"""Several rankers at once, and lists that are not made by the score alone: each as by itself."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_matrix

from recsys.ranking import metrics, top_k
from tests.recsys.ranking.worlds import of, world


def reversed_lists(_: np.ndarray, scores: np.ndarray, k: int) -> np.ndarray:
    """The worst items first."""
    return top_k.top_k(np.where(scores > -np.inf, -scores, scores), k)


def test_a_lister_says_how_lists_are_made_of_scores() -> None:
    scores, seen, test = world(3)
    wanted, coverage = metrics.evaluate(of(-scores), seen, test, [3, 10])
    assert wanted["recall_at_3"].any()
    counted = metrics.metrics_at(of(scores), seen, test, [3, 10], reversed_lists)
    both = metrics.evaluate_each(
        lambda users: {"plain": scores[users], "reversed": scores[users]},
        *(seen, test, [3, 10]),
        {"reversed": reversed_lists},
    )
    for found in (counted, both["reversed"][0]):
        assert found.keys() == wanted.keys()
        for name, values in wanted.items():
            assert found[name].tobytes() == values.tobytes(), name
    assert both["reversed"][1] == coverage
    plain = metrics.evaluate(of(scores), seen, test, [3, 10])
    assert both["plain"][0]["ndcg_at_10"].tobytes() == plain[0]["ndcg_at_10"].tobytes()
    (batch,) = top_k.rank(of(scores), np.arange(3), seen, 4, reversed_lists)
    (other,) = top_k.rank(of(-scores), np.arange(3), seen, 4)
    assert batch[1].tolist() == other[1].tolist()


def test_each_of_several_rankers_gets_what_it_gets_alone() -> None:
    scores, seen, test = world(3)
    rankers = {"a": scores, "b": -scores}

    def in_turn(users: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        for name, every in rankers.items():
            yield name, np.array(every[users])

    for lister in (None, reversed_lists):
        rest = (seen, test, [3, 10], lister)
        found = metrics.metrics_at_each(in_turn, list(rankers), *rest)
        for name, every in rankers.items():
            alone = metrics.metrics_at(of(every), *rest)
            assert {k: v.tolist() for k, v in found[name].items()} == {
                k: v.tolist() for k, v in alone.items()
            }
    nobody = csr_matrix(test.shape, dtype=np.float32)
    none = metrics.metrics_at_each(in_turn, ["a"], seen, nobody, [10])
    assert none["a"]["recall_at_10"].shape == (0,)
