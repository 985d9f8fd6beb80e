"""The test item is the latest positive by a total order, and equal times stand on one side of a
cut.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.dataset import split
from recsys.dataset.split import TEST, TRAIN, UNUSED
from recsys.dataset.ties import lots
from recsys.program.errors import DataError
from tests.worlds import complains

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def events(*rows: tuple[int, int, float, int]) -> split.Events:
    """Of (user, item, rating, time)."""
    user, item, rating, time = zip(*rows, strict=True) if rows else ((), (), (), ())
    return split.Events(
        np.array(user, np.int64),
        np.array(item, np.int64),
        np.array(rating, float),
        np.array(time, np.int64),
    )


some_events = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 5)),
    st.tuples(st.sampled_from([1.0, 3.0, 4.0, 5.0]), st.integers(0, 4)),
    min_size=1,
).map(lambda found: events(*((*pair, *value) for pair, value in sorted(found.items()))))


def parts(found: split.Events, threshold: float = 4, least: int = 2) -> list[int]:
    trainable = split.trainable_users(
        found, np.ones(len(found), bool), 5, threshold, least
    )
    return list(split.leave_one_out(found, trainable, threshold).tolist())


def test_trainable_is_two_interactions_with_a_positive_among_the_rows() -> None:
    found = events(
        (0, 0, 5, 1),
        (1, 0, 5, 1),
        (1, 1, 1, 1),
        (2, 0, 3, 1),
        (2, 1, 3, 1),
        (3, 0, 4, 1),
        (3, 1, 4, 9),
    )
    everything = split.trainable_users(found, np.ones(7, bool), 5, 4, 2)
    assert everything.tolist() == [False, True, False, True, False]
    assert split.trainable_users(found, found.time < 9, 5, 4, 2).tolist() == [
        False,
        True,
        False,
        False,
        False,
    ]


def test_the_latest_positive_is_the_test() -> None:
    assert parts(events((0, 0, 5, 3), (0, 1, 5, 1), (0, 2, 1, 9))) == [
        TEST,
        TRAIN,
        TRAIN,
    ]


def test_at_the_same_time_the_higher_rating_is_later() -> None:
    assert parts(events((0, 0, 5, 1), (0, 1, 4, 1))) == [TEST, TRAIN]
    found = parts(events((0, 0, 5, 1), (0, 1, 5, 1), (0, 2, 4, 1)))
    assert (found[:2].count(TEST), found[2]) == (1, TRAIN)


def test_a_tie_is_drawn_by_lot_and_favours_no_item() -> None:
    """Of 2,000 users with 5 equal purchases each item is the test of a fifth."""
    every = events(*((user, item, 5, 1) for user in range(2000) for item in range(5)))
    trainable = split.trainable_users(every, np.ones(len(every), bool), 2000, 4, 2)
    part = split.leave_one_out(every, trainable, 4)
    tests = np.bincount(every.item[part == TEST], minlength=5)
    assert tests.sum() == 2000
    assert abs(tests - 400).max() < 5 * np.sqrt(2000 * 0.2 * 0.8)


def test_the_only_positive_stays_in_training() -> None:
    assert parts(events((0, 0, 5, 1), (0, 1, 3, 2))) == [TRAIN, TRAIN]


def test_users_who_are_not_trainable_are_unused() -> None:
    assert parts(events((0, 0, 5, 1), (1, 0, 1, 1), (1, 1, 2, 1))) == [UNUSED] * 3


def test_no_events_at_all() -> None:
    assert parts(events()) == []


def lot(user: int, item: int) -> int:
    return int(lots(np.array([user]), np.array([item]), None)[0])


def plain_leave_one_out(found: split.Events, threshold: float, least: int) -> list[int]:
    rows = list(zip(found.user, found.item, found.rating, found.time, strict=True))
    part = []
    for user, item, rating, time in rows:
        mine = [row for row in rows if row[0] == user]
        positives = sorted(
            (t, r, lot(user, i)) for _, i, r, t in mine if r >= threshold
        )
        if len(mine) < least or not positives:
            part.append(UNUSED)
        else:
            part.append(
                TEST
                if len(positives) > 1
                and positives[-1] == (time, rating, lot(user, item))
                else TRAIN
            )
    return part


@quick
@given(some_events, st.integers(1, 3))
def test_leave_one_out_is_what_a_plain_loop_gives(
    found: split.Events, least: int
) -> None:
    assert parts(found, 4, least) == plain_leave_one_out(found, 4, least)


@quick
@given(some_events, st.floats(0.01, 0.99))
def test_global_time_keeps_equal_times_together_and_tests_known_users_only(
    found: split.Events, share: float
) -> None:
    cut = split.cut_time(found, share)
    trainable = split.trainable_users(found, found.time < cut, 5, 4, 1)
    part = split.global_time(found, trainable, 4, cut)
    for user, rating, time, where in zip(
        found.user, found.rating, found.time, part, strict=True
    ):
        expected = (
            UNUSED
            if not trainable[user]
            else TRAIN
            if time < cut
            else TEST
            if rating >= 4
            else UNUSED
        )
        assert where == expected
    assert cut in found.time
    assert (found.time >= cut).sum() >= int(
        len(found) * share
    )  # whole times, so the share or a little more


@pytest.mark.parametrize(
    ("times", "share", "cut"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.1, 10),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.3, 8),
        ([1, 2, 3, 4, 4, 4], 1 / 6, 4),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.25, 9),
        ([5, 5, 5], 0.1, 5),
        ([7], 0.5, 7),
        ([4, 1, 3, 2], 0.5, 3),
    ],
)
def test_the_cut_is_the_time_at_which_the_newest_share_begins(
    times: list[int], share: float, cut: int
) -> None:
    assert (
        split.cut_time(
            events(*((0, item, 5, time) for item, time in enumerate(times))), share
        )
        == cut
    )


PARAMS = split.SplitParams(
    positive_threshold=4.0, min_interactions=2, split="leave_one_out", test_share=0.5
)
BY_TIME = PARAMS.model_copy(update={"split": "global_time"})


def test_the_params_choose_the_split_and_who_is_trainable() -> None:
    world = events(
        (0, 0, 5, 1),
        (0, 1, 5, 2),
        (0, 2, 4, 9),
        (1, 0, 5, 1),
        (1, 1, 5, 9),
        (2, 0, 5, 9),
    )
    by_user = split.split_events(world, 3, PARAMS)
    assert by_user.part.tolist() == [TRAIN, TRAIN, TEST, TRAIN, TEST, UNUSED]
    assert by_user.trainable.tolist() == [True, True, False]
    by_time = split.split_events(
        world, 3, BY_TIME
    )  # user 1 has one event only before the cut
    assert by_time.part.tolist() == [TRAIN, TRAIN, TEST, UNUSED, UNUSED, UNUSED]
    assert by_time.trainable.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("rating", "trainable", "part", "words"),
    [
        (
            [3.0, 3.0],
            [True],
            [TRAIN, TEST],
            "none of the 2 events has a rating of 4 or more",
        ),
        ([5.0, 3.0], [False], [UNUSED, UNUSED], "no user has 2 interactions"),
        ([5.0, 3.0], [True], [TRAIN, TRAIN], "no user has a second positive"),
    ],
)
def test_what_cannot_be_learned_from_or_tested_on_is_a_data_error(
    rating: list[float], trainable: list[bool], part: list[int], words: str
) -> None:
    with complains(DataError, "data/raw", words, "data"):
        split.check_usable(
            np.array(rating), split.Split(np.array(part), np.array(trainable)), PARAMS
        )


def test_where_a_cut_in_time_leaves_no_test_the_error_speaks_of_the_cut() -> None:
    """Second positives there may be many: of what was bought before, or of who is new."""
    none = split.Split(np.array([TRAIN, UNUSED]), np.array([True]))
    with complains(DataError, "data/raw", "process.test_share", "leave_one_out"):
        split.check_usable(np.array([5.0, 5.0]), none, BY_TIME)


def test_a_positive_to_learn_from_and_one_to_test_on_are_enough() -> None:
    enough = split.Split(np.array([TRAIN, TEST]), np.array([True]))
    split.check_usable(np.array([5.0, 5.0]), enough, PARAMS)
