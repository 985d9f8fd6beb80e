"""The search of a peer's setting: it moves on from edges, marks them, and is not led by luck."""

import math

from bench.models.peer_search import FIRST_SEED, FRESH, Search, search
from bench.models.peers import PEERS, Peer, Range, Setting

NO_FIT = PEERS["EASE"].fit
DRAWN = Range(1, 16, 0.001, 1000)  # 9 values are drawn: 1, 1.41, 2 ... 16
TWO = Peer(NO_FIT, {"a": DRAWN, "b": DRAWN})


def peak(a: float, b: float):
    """The best is at (a, b), and falls off with the ratio to it."""

    def judge(setting: Setting, _seed: int) -> float:
        return -sum(
            abs(math.log2(setting[name] / at)) for name, at in (("a", a), ("b", b))
        )

    return judge


def test_the_best_is_found_inside() -> None:
    found = search(TWO, peak(4, 2), 40)
    assert found.setting == {"a": 4, "b": 2}
    assert found.edges == []
    assert 40 <= found.trials <= 50
    assert found.fits == found.trials + FRESH * 5


def test_a_search_moves_on_beyond_what_was_drawn() -> None:
    found = search(TWO, peak(128, 0.0625), 60)
    assert found.setting == {"a": 128, "b": 0.0625}
    assert found.edges == []


def test_an_optimum_on_the_edge_is_marked() -> None:
    found = search(TWO, peak(1e9, 2), 60)
    assert found.setting["a"] == 724  # the last place up to 1000
    assert found.edges == ["a (most)"]
    assert search(TWO, peak(2, 1e-9), 60).edges == ["b (least)"]


def test_too_few_trials_leave_sides_open() -> None:
    made = Search(TWO, peak(4, 2))
    made.explore(1)
    (only,) = made.tried
    assert made.edges(only) == ["a (least)", "a (most)", "b (least)", "b (most)"]
    assert search(TWO, peak(4, 2), 3).edges


def test_open_sides_are_closed_by_a_few_trials_more() -> None:
    best = (4, 2)
    made = Search(TWO, peak(4, 2))
    made.attempt(best)
    assert made.settle(4) == best
    assert made.edges(best) == []
    assert len(made.tried) == 5
    made = Search(TWO, peak(4, 2))
    made.attempt((2, 2))
    assert made.settle(20) == best  # what is better beside it is taken
    assert made.edges(best) == []


def test_a_neighbour_counts_only_with_the_other_values_kept() -> None:
    made = Search(TWO, peak(4, 2))
    made.tried = {(4, 4): 1.0, (2, 4): 0.0, (6, 5): 0.0, (4, 1): 0.0, (4, 9): 0.0}
    assert made.edges((4, 4)) == ["a (most)"]


def test_the_luck_of_one_seed_does_not_choose() -> None:
    steady, lucky = peak(4, 2), {"a": 16, "b": 2}

    def judge(setting: Setting, seed: int) -> float:
        is_lucky = setting == lucky and seed == FIRST_SEED
        return steady(setting, seed) + 10 * is_lucky

    found = search(TWO, judge, 60)
    assert found.setting != lucky
    assert found.ndcg == judge(found.setting, FIRST_SEED + 1)
    assert found.edges == []


def test_a_model_without_seeds_is_fitted_once_a_setting() -> None:
    seeds = []

    def judge(setting: Setting, seed: int) -> float:
        seeds.append(seed)
        return -abs(math.log2(setting["a"] / 4))

    found = search(Peer(NO_FIT, {"a": DRAWN}, has_seed=False), judge, 30)
    assert found.setting == {"a": 4}
    assert found.fits == found.trials == len(seeds)
    assert set(seeds) == {FIRST_SEED}
    assert found.trials >= 9  # all that can be drawn


def test_the_same_search_twice() -> None:
    assert search(TWO, peak(4, 2), 20) == search(TWO, peak(4, 2), 20)


def test_a_fit_beyond_bounds_is_never_taken() -> None:
    def judge(setting: Setting, _seed: int) -> float:
        return -math.inf if setting["a"] > 2 else setting["a"]

    assert search(TWO, judge, 40).setting["a"] == 2
