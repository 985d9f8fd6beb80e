from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ops.scheduler.dues import DISABLED, Due, Waiting, due, in_words, queued, startable
from ops.scheduler.slots import Rule

TWO = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
DAILY = Rule("day", "02:00", True, 3 * 3600, 60, 0)
DOWN = "the runner was down"


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (TWO - DAY, TWO - SECOND, Due(None, {})),
        (TWO - DAY, TWO, Due(TWO, {})),
        (TWO, TWO + HOUR, Due(None, {})),
        (TWO - DAY, TWO + 3 * HOUR, Due(TWO, {})),
        (
            TWO - DAY,
            TWO + 3 * HOUR + SECOND,
            Due(None, {TWO: "the runner was down, and its grace of 3 h was over"}),
        ),
        (
            TWO - 2 * DAY - SECOND,
            TWO + HOUR,
            Due(
                TWO,
                dict.fromkeys(
                    [TWO - 2 * DAY, TWO - DAY],
                    "the runner was down, and a later slot was due by then",
                ),
            ),
        ),
        (TWO + DAY, TWO, Due(None, {})),  # a clock that was set back
    ],
)
def test_the_newest_slot_runs_in_its_grace_and_older_ones_are_missed(
    since: datetime, now: datetime, expected: Due
) -> None:
    assert due(DAILY, "UTC", since, now, DOWN) == expected


def test_all_slots_of_a_disabled_job_are_missed() -> None:
    off = replace(DAILY, enabled=False)
    found = due(off, "UTC", TWO - 2 * DAY, TWO, DOWN)
    assert found == Due(None, {TWO - DAY: DISABLED, TWO: DISABLED})


@pytest.mark.parametrize(
    ("span_s", "words"),
    [
        (10800, "3 h"),
        (2700, "45 min"),
        (172800, "2 days"),
        (86400, "24 h"),
        (90, "90 s"),
    ],
)
def test_spans_in_words(span_s: int, words: str) -> None:
    assert in_words(span_s) == words


def test_a_job_waits_once_in_its_old_place_with_its_newest_slot() -> None:
    train, refresh = Waiting("train", TWO), Waiting("refresh", TWO)
    later = Waiting("train", TWO + DAY)
    assert queued([], train) == ([train], None)
    assert queued([train, refresh], later) == ([later, refresh], train)
    assert queued([later, refresh], train) == ([later, refresh], None)


ALONE = ["refresh", "train", "deploy", "export", "drift"]
AFTER = {"train": ["refresh"], "deploy": ["refresh", "train"], "export": ["deploy"]}


@pytest.mark.parametrize(
    ("queue", "running", "by_hand", "expected"),
    [
        (["train", "drift"], [], False, ["train"]),  # one alone at a time, in order
        (["train"], ["deploy"], False, []),
        (["train"], ["health"], False, ["train"]),
        (["train", "health", "cleanup"], ["drift"], False, ["health", "cleanup"]),
        (["health"], ["health"], False, []),  # never beside itself
        (["train", "health"], [], True, ["health"]),  # a repro by hand goes on
        (["export", "deploy", "train", "refresh"], [], False, ["refresh"]),
        (["export", "deploy", "train"], [], False, ["train"]),
        (["export", "deploy"], [], False, ["deploy"]),
        ([], [], False, []),
    ],
)
def test_startable(
    queue: list[str], running: list[str], by_hand: bool, expected: list[str]
) -> None:
    waiting = [Waiting(job, TWO) for job in queue]
    found = startable(waiting, running, by_hand, ALONE, AFTER, 0.0)
    assert [each.job for each in found] == expected


def test_another_attempt_waits_for_its_time_and_who_depends_on_it_waits_too() -> None:
    queue = [Waiting("train", TWO, 60.0), Waiting("deploy", TWO)]
    for steady, expected in [(59.9, []), (60.0, ["train"])]:
        found = startable(queue, [], False, ALONE, AFTER, steady)
        assert [each.job for each in found] == expected
