"""Places for new items are kept where the shop's own fold gains by them, and nowhere else."""

import logging
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.models.hidden_items import Hidden
from recsys.models.manifest import JudgedPlaces, NewItems
from recsys.models.new_items import Judge, chosen, counts_of, noted
from recsys.models.warm_start import Start
from tests.recsys.models.test_params import params

USERS, OLD, NEW, HIDDEN = 60, 20, 6, 4
ITEMS = OLD + NEW + HIDDEN
FALLING = -np.arange(ITEMS, dtype=np.float32)  # old items stand before all new ones


def score(users: np.ndarray) -> np.ndarray:
    """Everybody's list is 0, 1, 2 ...; of new items each has another one first: the last of all but
    for what is hidden.
    """
    scores = np.tile(FALLING, (len(users), 1))
    scores[np.arange(len(users)), OLD + users % NEW] += 0.5 + users % NEW
    return scores


def cells(items: np.ndarray) -> csr_matrix:
    """An item of each user, -1 for none: csr (users, items)."""
    users = np.flatnonzero(items >= 0)
    ones = np.ones(len(users), np.float32)
    return csr_matrix((ones, (users, items[users])), shape=(USERS, ITEMS))


def judge(
    next_items: np.ndarray, hidden_next: np.ndarray | None = None, **more: Any
) -> Judge:
    """All users like the last old item, and take these next."""
    binary = cells(np.full(USERS, OLD - 1))
    nothing = csr_matrix(binary.shape, dtype=np.float32)
    # an old item has been bought by somebody else: that it is not new is all that counts
    sold = csr_matrix((np.ones(OLD), (np.zeros(OLD), np.arange(OLD))), binary.shape)
    left = Interactions(binary, (binary + sold).tocsr(), nothing)
    is_hidden = np.arange(ITEMS) >= OLD + NEW
    targets = cells(np.full(USERS, -1) if hidden_next is None else hidden_next)
    hidden = Hidden(left, is_hidden, targets)
    vectors = np.zeros((ITEMS, 2), np.float32)
    settings = {"counts": (0, 1, 2), "seed": 1, **more}
    return Judge(hidden, cells(next_items), vectors, **settings)


def users_from(first: int) -> np.ndarray:
    return np.arange(USERS) >= first


OWN_NEW = OLD + np.arange(USERS) % NEW  # the new item that stands first for each user
TENTH = np.full(USERS, 9)  # the old item that a kept place puts out of the list


def test_a_shop_whose_users_take_new_items_next_keeps_a_place_for_them() -> None:
    old = np.where(users_from(10), 8, 9)  # what stands on the last two places
    one, two = judge(np.where(users_from(20), OWN_NEW, old)).judged(score, score)
    # 40 of 60 find theirs; those from 1 to 9, and to 19 with a second place, lose it
    assert (one.places, one.fold_users) == (1, USERS)
    assert one.recall_at_10_change == pytest.approx((40 - 9) / USERS, abs=1e-6)
    assert two.recall_at_10_change == pytest.approx((40 - 19) / USERS, abs=1e-6)
    assert one.recall_at_10_change_low > 0
    assert chosen([one, two]) == 1


def test_a_shop_whose_users_take_old_items_next_keeps_none() -> None:
    found = judge(np.where(users_from(50), OWN_NEW, TENTH)).judged(score, score)
    assert found[0].recall_at_10_change_high < 0
    assert chosen(found) == 0


def test_the_figures_are_those_of_a_plain_count() -> None:
    """Users from 1 on have the list 0 ... 8 and then their new item; with two places 0 ... 7."""
    taken = np.where(users_from(30), OWN_NEW, TENTH)
    hidden_next = np.full(USERS, -1)
    hidden_next[1:9] = OLD + NEW + np.arange(8) % HIDDEN
    one, two = judge(taken, hidden_next).judged(score, score)
    # of the users 1 to 29 each loses their tenth item, of those from 30 on each finds theirs
    assert one.recall_at_10_change == pytest.approx((30 - 29) / USERS, abs=1e-6)
    assert one.ndcg_at_10_change == pytest.approx(
        (30 - 29) / np.log2(11) / USERS, abs=1e-6
    )
    # with two places their new item stands on the ninth place
    assert two.ndcg_at_10_change == pytest.approx(
        (30 / np.log2(10) - 29 / np.log2(11)) / USERS, abs=1e-6
    )
    # what is hidden stands after all other new items
    assert (one.hidden_users, one.hidden_recall_at_10) == (8, 0)
    assert one.hidden_recall_at_10_without == 0


def test_hidden_items_are_found_on_the_kept_place() -> None:
    def hidden_first(users: np.ndarray) -> np.ndarray:
        scores = np.tile(FALLING, (len(users), 1))
        scores[:, OLD + NEW] = -OLD + 0.5
        return scores

    hidden_next = np.full(USERS, -1)
    hidden_next[1:5] = OLD + NEW
    hidden_next[5:7] = OLD + NEW + 1
    tested = judge(TENTH, hidden_next)
    one, two = tested.judged(hidden_first, hidden_first)
    assert (one.hidden_users, two.hidden_users) == (6, 6)
    assert one.hidden_recall_at_10 == pytest.approx(4 / 6, abs=1e-6)
    assert one.hidden_recall_at_10_without == 0
    # in the fold, which has no hidden items, a place of nine goes to new ones all the same
    assert one.recall_at_10_change == pytest.approx(-59 / 60, abs=1e-6)


def test_items_that_were_hidden_are_no_part_of_the_fold() -> None:
    """They would be as often there as the trial has made them."""
    taken = np.where(users_from(30), OLD + NEW, TENTH)
    (one, _) = judge(taken).judged(score, score)
    assert one.fold_users == 30
    assert one.hidden_users == 30


def test_nor_do_they_take_the_places_of_the_folds_new_items() -> None:
    def hidden_before_new(users: np.ndarray) -> np.ndarray:
        scores = score(users)
        scores[:, OLD + NEW :] = -OLD + 0.75
        return scores

    taken = np.where(users_from(1), OWN_NEW, -1)
    one, _ = judge(taken).judged(hidden_before_new, hidden_before_new)
    assert one.recall_at_10_change == 1


def test_each_number_of_places_has_its_score() -> None:
    """Rows that are predicted only where places are kept count with places, not without."""

    def other(users: np.ndarray) -> np.ndarray:
        scores = score(users)
        scores[:, OLD] += 100
        return scores

    taken = np.full(USERS, OLD)
    with_it, _ = judge(taken).judged(score, other)
    without, _ = judge(taken).judged(score, score)
    assert with_it.recall_at_10_change == pytest.approx(1 - 1 / USERS, abs=1e-6)
    assert without.recall_at_10_change < with_it.recall_at_10_change / 2


@pytest.mark.parametrize("users", [0, 1])
def test_fewer_than_two_users_decide_nothing(users: int) -> None:
    taken = np.full(USERS, -1)
    taken[1 : 1 + users] = OWN_NEW[1 : 1 + users]
    found = judge(taken).judged(score, score)
    assert [one.fold_users for one in found] == [users, users]
    assert found[0].ndcg_at_10_change == found[0].ndcg_at_10_change_error == 0
    assert found[0].hidden_users == found[0].hidden_recall_at_10 == 0
    assert chosen(found) == 0


def test_it_is_the_same_twice() -> None:
    taken = np.where(users_from(30), OWN_NEW, TENTH)
    one, other = (judge(taken).judged(score, score) for _ in range(2))
    assert one == other


# ---- what is taken ----
def figures(places: int, change: float, error: float) -> JudgedPlaces:
    same = dict.fromkeys(
        [name for name in JudgedPlaces.model_fields if "change" in name], 0.0
    )
    return JudgedPlaces.model_validate(
        {
            **same,
            "places": places,
            "hidden_users": 9,
            "hidden_recall_at_10": 0.25,
            "hidden_recall_at_10_without": 0.0,
            "fold_users": 9,
            "ndcg_at_10_change": change,
            "ndcg_at_10_change_error": error,
        }
    )


@pytest.mark.parametrize(
    ("one", "two", "taken"),
    [
        ((-0.01, 0.001), (-0.02, 0.001), 0),
        ((0.01, 0.011), (-0.02, 0.001), 0),  # within one standard error
        ((0.01, 0.009), (-0.02, 0.001), 1),
        ((0.01, 0.009), (0.02, 0.009), 2),
        ((0.02, 0.009), (0.02, 0.009), 1),
        ((0.03, 0.04), (0.02, 0.01), 2),
        ((0.0, 0.0), (0.0, 0.0), 0),
    ],
)
def test_places_are_kept_only_for_a_lead_of_more_than_one_standard_error(
    one: tuple[float, float], two: tuple[float, float], taken: int
) -> None:
    tried = [figures(1, *one), figures(2, *two)]
    assert chosen(tried) == taken
    assert noted(params(new_item_places="auto"), tried).places == taken


def test_a_number_is_served_as_set_and_its_gain_and_cost_are_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    tried = [figures(1, -0.01, 0.001), figures(2, -0.02, 0.001)]
    assert noted(params(new_item_places=3), tried) == NewItems(places=3, judged=tried)
    (line,) = caplog.messages
    assert line.startswith("als new_item_places 3: 3 of ten places for new items; 1 of")
    assert "1 of ten would find 0.250 of what 9 users" in line
    assert "ndcg_at_10 -0.0100" in line and "2 of ten would find" in line


def test_a_warm_start_goes_on_with_what_its_model_had() -> None:
    had = NewItems(places=2, judged=[figures(1, 0.1, 0.01)])
    nothing = np.zeros((0, 1), np.float32)
    start = Start((nothing, nothing), new_items=had)
    assert noted(params(new_item_places="auto"), [], start) == had
    assert noted(params(new_item_places=0), [], start).places == 0
    older = Start((nothing, nothing))
    assert noted(params(new_item_places="auto"), [], older) == NewItems(places=0)


@pytest.mark.parametrize(
    ("stated", "counts"),
    [("auto", (0, 1, 2)), (0, (0, 1, 2)), (2, (0, 1, 2)), (5, (0, 1, 2, 5))],
)
def test_one_and_two_places_are_always_judged(
    stated: str | int, counts: tuple[int, ...]
) -> None:
    assert counts_of(params(new_item_places=stated)) == counts
