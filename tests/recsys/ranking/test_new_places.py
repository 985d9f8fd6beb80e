"""Places for new items: by hand, as a plain loop fills them, and in lists of any length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from scipy.sparse import csr_matrix

from recsys.dataset.interactions import Interactions
from recsys.ranking import kernel, new_places
from recsys.ranking.new_places import NewPlaces, Order
from recsys.ranking.top_k import top_k
from recsys.ranking.weights import MOST_NEW_PLACES

INF = float("inf")
OLD, NEW = 12, 4  # items 0 to 11 have been bought, items 12 to 15 have not
POPULARITY = np.repeat([1.0, 0.0], [OLD, NEW]).astype(np.float32)
UNDISLIKED = np.zeros(OLD + NEW, np.int64)
FALLING = -np.arange(OLD + NEW, dtype=np.float32)[None, :]
NOTHING = np.zeros((OLD + NEW, 1), np.float32)  # texts


def of(count: int, vectors: np.ndarray = NOTHING) -> NewPlaces:
    return NewPlaces.of(count, POPULARITY, UNDISLIKED, vectors)


def nobody(rows: np.ndarray) -> csr_matrix:
    """The likes of users who like nothing."""
    return csr_matrix((len(rows), OLD + NEW), dtype=np.float32)


def likes(*items: int) -> new_places.LikedBy:
    """Every user likes these."""

    def of_rows(rows: np.ndarray) -> csr_matrix:
        dense = np.zeros((len(rows), OLD + NEW), np.float32)
        dense[:, items] = 5
        return csr_matrix(dense)

    return of_rows


# ---- where they stand ----
def test_the_last_of_ten_places_is_for_the_best_new_item() -> None:
    found = of(1).lists(FALLING, 16, nobody)
    assert found.items.tolist() == [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 9, 10, 11, 13, 14, 15]
    ]
    assert np.flatnonzero(found.kept).tolist() == [9]
    assert found.order.tolist() == [Order.SCORE]


def test_the_last_three_of_ten_and_then_what_is_left() -> None:
    found = of(3).lists(FALLING, 16, nobody)
    assert found.items.tolist() == [
        [0, 1, 2, 3, 4, 5, 6, 12, 13, 14, 7, 8, 9, 10, 11, 15]
    ]
    assert np.flatnonzero(found.kept).tolist() == [7, 8, 9]


def test_a_new_item_that_is_good_enough_counts_among_those_of_its_ten() -> None:
    scores = FALLING.copy()
    scores[0, 13] = 5  # before all others
    found = of(1).lists(scores, 10, nobody)
    assert found.items.tolist() == [[13, 0, 1, 2, 3, 4, 5, 6, 7, 8]]
    assert not found.kept.any()
    found = of(2).lists(scores, 10, nobody)
    assert found.items.tolist() == [[13, 0, 1, 2, 3, 4, 5, 6, 12, 7]]
    assert np.flatnonzero(found.kept).tolist() == [8]


def test_with_no_place_kept_or_nothing_new_it_is_the_order_of_the_scores() -> None:
    plain = top_k(FALLING, 12)
    old = NewPlaces.of(3, POPULARITY + 1, UNDISLIKED, NOTHING)
    for new in (of(0), old):
        found = new.lists(FALLING, 12, nobody)
        assert found.items.tobytes() == plain.tobytes()
        assert not found.kept.any()


def test_what_is_not_to_be_shown_is_not_shown_on_a_kept_place_either() -> None:
    scores = FALLING.copy()
    scores[0, [0, 12, 13, 14]] = -INF
    found = of(9).lists(scores, 16, nobody)
    assert found.items.tolist() == [
        [1, 15, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, -1, -1, -1]
    ]
    scores[0] = -INF
    assert of(9).lists(scores, 2, nobody).items.tolist() == [[-1, -1]]


def test_a_score_that_is_no_number_is_refused() -> None:
    scores = FALLING.copy()
    scores[0, 15] = np.nan
    with pytest.raises(ValueError, match="not a number"):
        of(1).lists(scores, 3, nobody)


# ---- a plain loop ----
def ranked(scores: list[float], is_new: list[bool], order: list[float]) -> list[int]:
    """What may be shown, best first; new items stand where the score has new ones, among themselves
    by `order`.
    """
    there = [item for item, score in enumerate(scores) if score > -INF]
    new = sorted((one for one in there if is_new[one]), key=lambda i: (-order[i], i))
    by_score = sorted(there, key=lambda i: (-scores[i], i))
    next_new = iter(new)
    return [next(next_new) if is_new[item] else item for item in by_score]


def plain(
    left: list[int], is_new: list[bool], count: int, k: int
) -> tuple[list[int], list[bool]]:
    """The list and which of it are kept places, word by word as the module says it; `left` is what
    may be shown, best first.
    """
    shown: list[int] = []
    kept: list[bool] = []
    for place in range(k):
        new_of_ten = sum(is_new[item] for item in shown[place // 10 * 10 :])
        new = [item for item in left if is_new[item]]
        is_kept = place % 10 >= 10 - count and new_of_ten < count and bool(new)
        kept.append(is_kept)
        shown.append((new if is_kept else left)[0] if left else -1)
        left = [item for item in left if item != shown[-1]]
    return shown, kept


ROWS = stn.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 40)),
    elements=st.sampled_from([-INF, -2.0, -0.0, 0.0, 1.0, 1.5, 3.0, 7.0]),
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(ROWS, st.data())
def test_lists_are_those_of_a_plain_loop_and_begin_longer_ones(
    scores: np.ndarray, data: st.DataObject
) -> None:
    items = scores.shape[1]
    is_new = np.array(
        data.draw(st.lists(st.booleans(), min_size=items, max_size=items))
    )
    count, k = data.draw(st.integers(0, 9)), data.draw(st.integers(1, 45))
    others = np.random.default_rng(items).permutation(items - 1) + 1
    popularity = (~is_new).astype(np.float32)
    angle = np.append([0], others) / items  # so that no two are equally like item 0
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    new = NewPlaces.of(count, popularity, 0 * popularity, vectors)
    first = np.tile(np.eye(1, items, dtype=np.float32), (len(scores), 1))
    found = new.lists(scores, k, lambda rows: csr_matrix(first[rows]))
    for row, one in enumerate(scores.tolist()):
        of_new = {score for score, new in zip(one, is_new, strict=True) if new}
        shown = [score for score, new in zip(one, is_new, strict=True) if new]
        tied = len(of_new - {-INF}) == 1 and len(shown) - shown.count(-INF) > 1
        is_by_content = bool(tied and count)
        order = (vectors @ vectors[0]).tolist() if is_by_content else one
        assert found.order[row] == (Order.CONTENT if is_by_content else Order.SCORE)
        best = ranked(one, is_new.tolist(), order)
        wanted = plain(best, is_new.tolist(), count, k)
        assert (found.items[row].tolist(), found.kept[row].tolist()) == wanted
        in_a_block = found.items[row].tobytes()
        alone = new.lists(scores[[row]], k, lambda rows: csr_matrix(first[rows]))
        assert alone.items[0].tobytes() == in_a_block
    for shorter in range(1, k):
        begun = new.lists(scores, shorter, lambda rows: csr_matrix(first[rows]))
        assert np.array_equal(begun.items, found.items[:, :shorter])
        assert np.array_equal(begun.kept, found.kept[:, :shorter])


# ---- where the score says nothing of new items ----
TIED = FALLING.copy()
TIED[0, OLD:] = -99
TEXTS = np.zeros((OLD + NEW, 3), np.float32)
TEXTS[:6, 0] = TEXTS[6:OLD, 1] = 1  # two kinds of old items
TEXTS[[12, 13], 1] = TEXTS[[14, 15], 0] = np.sqrt([0.5, 0.9]).astype(np.float32)
TEXTS[[12, 13], 2] = TEXTS[[14, 15], 2] = np.sqrt([0.5, 0.1]).astype(np.float32)


def new_ones(vectors: np.ndarray, liked_by: new_places.LikedBy) -> list[int]:
    found = of(4, vectors).lists(TIED, 10, liked_by)
    assert found.kept[0, 6:].all()
    items: list[int] = found.items[0, 6:].tolist()
    return items


def test_they_stand_by_their_likeness_to_what_the_user_likes() -> None:
    assert new_ones(TEXTS, likes(0, 1)) == [15, 14, 12, 13]
    assert new_ones(TEXTS, likes(7)) == [13, 12, 14, 15]
    found = of(4, TEXTS).lists(TIED, 10, likes(0))
    assert Order(int(found.order[0])).words == "new, by content"


def test_for_one_who_likes_nothing_by_their_likeness_to_what_the_shop_likes() -> None:
    more = np.where(np.arange(OLD) < 6, 1, 3)
    popularity = np.append(more, np.zeros(NEW)).astype(np.float32)
    new = NewPlaces.of(4, popularity, UNDISLIKED, TEXTS)
    assert new.lists(TIED, 10, nobody).items[0, 6:].tolist() == [13, 12, 15, 14]


def test_where_texts_say_nothing_either_not_everybody_sees_the_same_ones() -> None:
    seen = [new_ones(NOTHING, likes(item))[0] for item in range(4)]
    assert sorted(seen) == [12, 13, 14, 15]
    assert new_ones(NOTHING, likes(2)) == [14, 15, 12, 13]
    found = of(4).lists(TIED, 10, likes(2))
    assert Order(int(found.order[0])).words == "new, by turns"


def test_one_new_item_alone_is_no_tie() -> None:
    scores = TIED.copy()
    scores[0, 13:] = -INF
    found = of(1, TEXTS).lists(scores, 10, likes(0))
    assert found.items[0, 9] == 12 and found.order.tolist() == [Order.SCORE]


def test_a_lister_takes_what_each_of_its_users_likes() -> None:
    """Item 13 was only disliked: it is not new."""
    binary = csr_matrix(np.tile(POPULARITY, (2, 1)))
    dislikes = csr_matrix(np.eye(2, OLD + NEW, 13, dtype=np.float32)[[0, 0]])
    known = Interactions(binary, binary, dislikes)
    liked = csr_matrix(np.eye(OLD + NEW, dtype=np.float32)[[7, 0]])
    lists = new_places.lister(1, known, TEXTS, liked)
    assert lists is not None
    assert lists(np.array([1, 0]), np.tile(TIED, (2, 1)), 10)[:, 9].tolist() == [15, 12]
    assert new_places.lister(0, known, TEXTS, liked) is None


def test_one_of_ten_places_is_never_kept() -> None:
    assert MOST_NEW_PLACES == kernel.TEN - 1
