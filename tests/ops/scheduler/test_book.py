from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops.scheduler import run_history
from ops.scheduler.book import DOWN, WAITED
from ops.scheduler.dues import DISABLED, OVERTAKEN, Waiting
from ops.scheduler.slots import Times
from recsys.program.errors import StoreError
from tests.ops.scheduler.books import (
    DAILY,
    DAY,
    HOUR,
    OVER,
    TIMES,
    TWO,
    missed,
    opened,
    ran,
    waits,
)


def test_what_was_due_before_the_first_start_was_not_missed(tmp_path: Path) -> None:
    book, heard = opened(tmp_path, TWO + HOUR)
    assert (book.queue, heard.reasons) == ([], {})
    assert run_history.settled(tmp_path, TWO + HOUR) == {"refresh": TWO + HOUR}


def test_a_slot_waits_runs_and_is_settled(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    assert not book.is_due(TWO - timedelta(seconds=1))
    assert book.is_due(TWO)
    book.account(TIMES, TWO, "")
    assert waits(book) == [("refresh", TWO)]
    assert not book.is_due(TWO)
    assert run_history.waiting(tmp_path) == [("refresh", TWO, None)]
    run_history.open_run(tmp_path, "refresh", TWO, TWO)
    book.leave(book.queue[0])
    book.account(TIMES, TWO + HOUR, "")
    assert book.queue == []
    assert run_history.waiting(tmp_path) == []


def test_after_a_time_down_the_newest_runs_and_the_others_are_missed(
    tmp_path: Path,
) -> None:
    opened(tmp_path, TWO - 3 * DAY - HOUR)
    book, heard = opened(tmp_path, TWO + HOUR)
    assert waits(book) == [("refresh", TWO)]
    why = f"{DOWN}, and a later slot was due by then"
    assert missed(tmp_path) == dict.fromkeys(
        ["2026-11-21T02", "2026-11-22T02", "2026-11-23T02"], why
    )
    assert list(heard.reasons.values()) == [why] * 3


def test_after_its_grace_the_newest_is_missed_too(tmp_path: Path) -> None:
    opened(tmp_path, TWO - HOUR)
    book, _ = opened(tmp_path, TWO + 4 * HOUR)
    assert book.queue == []
    assert missed(tmp_path) == {"2026-11-24T02": f"{DOWN}, {OVER}"}


def test_what_waited_when_the_runner_went_waits_again(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    book.add(Waiting("refresh", TWO, 0.0, "brought forward"), TWO)
    again, _ = opened(tmp_path, TWO + HOUR)
    assert [(each.slot, each.reason) for each in again.queue] == [
        (TWO, "brought forward")
    ]
    late, _ = opened(tmp_path, TWO + 4 * HOUR)
    assert late.queue == []
    assert missed(tmp_path) == {"2026-11-24T02": f"{DOWN}, {OVER}"}


def test_the_next_slot_overtakes_one_that_waits(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    book.account(TIMES, TWO, "")
    book.account(TIMES, TWO + DAY, "")
    assert waits(book) == [("refresh", TWO + DAY)]
    assert missed(tmp_path) == {"2026-11-24T02": OVERTAKEN}


@pytest.mark.parametrize(
    ("status", "code", "hours", "expected"),
    [
        ("interrupted", None, 1, [("refresh", TWO)]),
        ("stopped", 143, 1, [("refresh", TWO)]),
        ("failed", 6, 1, [("refresh", TWO)]),
        ("failed", 70, 1, []),
        ("ok", 0, 1, []),
        ("interrupted", None, 4, []),
    ],
)
def test_a_run_that_was_cut_short_is_tried_again_at_the_next_start(
    tmp_path: Path,
    status: str,
    code: int | None,
    hours: int,
    expected: list[tuple[str, datetime]],
) -> None:
    opened(tmp_path, TWO - HOUR)
    ran(tmp_path, TWO, status, code)
    book, _ = opened(tmp_path, TWO + hours * HOUR)
    assert waits(book) == expected
    assert missed(tmp_path) == (
        {"2026-11-24T02": f"{DOWN}, {OVER}"} if hours == 4 else {}
    )


def test_two_more_attempts_and_then_no_more(tmp_path: Path) -> None:
    opened(tmp_path, TWO - HOUR)
    for _ in range(3):
        book, _ = opened(tmp_path, TWO + HOUR)
        ran(tmp_path, TWO, "interrupted")
    book, _ = opened(tmp_path, TWO + HOUR)
    assert book.queue == []


def test_a_failure_that_may_pass_is_queued_again(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    again = book.try_again(ran(tmp_path, TWO, "failed", 6), 100.0, TWO + HOUR)
    assert again is not None
    assert book.queue == [again]
    assert again.reason == "attempt 2, as the store could not be reached"
    assert book.try_again(ran(tmp_path, TWO + DAY, "failed", 3), 0.0, TWO + DAY) is None
    late = ran(tmp_path, TWO + 2 * DAY, "failed", 6)
    assert book.try_again(late, 0.0, TWO + 2 * DAY + 4 * HOUR) is None


def test_what_failed_for_wrong_params_is_tried_again_when_they_are_right(
    tmp_path: Path,
) -> None:
    """A slip in params.yaml at two in the night does not cost a week's training."""
    book, heard = opened(tmp_path, TWO - HOUR)
    book.account(TIMES, TWO, "")
    ran(tmp_path, TWO, "failed", 2)
    book.leave(book.queue[0])
    book.change(TIMES, TWO + 2 * HOUR)
    [waiting] = book.queue
    assert (waiting.slot, waiting.reason) == (
        TWO,
        "attempt 2, as params.yaml was wrong then",
    )
    book, heard = opened(tmp_path, TWO + 2 * HOUR)  # or mended while it is down
    assert waits(book) == [("refresh", TWO)] and not heard.reasons
    run_history.forget_waiting(tmp_path, "refresh", TWO)
    book, heard = opened(tmp_path, TWO + 4 * HOUR)  # after its grace it has failed
    assert (book.queue, heard.reasons) == ([], {})
    ran(tmp_path, TWO, "ok", 0)
    book.change(TIMES, TWO + HOUR)
    assert book.queue == []


def test_times_that_change_while_the_runner_is_down_count_from_its_start(
    tmp_path: Path,
) -> None:
    opened(tmp_path, TWO - HOUR)
    later = replace(TIMES, jobs={"refresh": replace(DAILY, at="02:30")})
    book, _ = opened(tmp_path, TWO + HOUR, later, former=TIMES)
    assert waits(book) == [("refresh", TWO)]  # by the times that were kept last
    assert book.next_due == {"refresh": TWO + DAY + HOUR / 2}


def test_a_change_while_it_runs(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    earlier = replace(TIMES, jobs={"refresh": replace(DAILY, at="00:30")})
    book.change(earlier, TWO - HOUR / 2)
    assert book.queue == []  # half past midnight was no time then
    assert book.next_due == {"refresh": TWO - 1.5 * HOUR + DAY}
    book.account(earlier, TWO - 1.5 * HOUR + DAY, "")
    off = replace(TIMES, jobs={"refresh": replace(DAILY, enabled=False)})
    book.change(off, TWO + DAY - HOUR)
    assert book.queue == []
    book.account(off, TWO + DAY, "")
    assert missed(tmp_path) == {"2026-11-25T00": DISABLED, "2026-11-25T02": DISABLED}
    book.change(Times("UTC", {}, "lists.csv"), TWO + DAY + HOUR)
    assert book.next_due == {}


def test_a_database_of_before_has_the_slots_of_its_runs(tmp_path: Path) -> None:
    run_history.note_start(tmp_path, TWO - 9 * DAY)
    ran(tmp_path, TWO - 2 * DAY, "ok", 0)
    book, _ = opened(tmp_path, TWO + HOUR)
    assert waits(book) == [("refresh", TWO)]
    assert list(missed(tmp_path)) == ["2026-11-23T02"]


def test_what_cannot_be_written_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, heard = opened(tmp_path, TWO - HOUR)
    with monkeypatch.context() as patched:
        patched.setattr(run_history, "settle", _refuses)
        with pytest.raises(StoreError):
            book.account(TIMES, TWO + DAY, "x")
    assert (book.queue, heard.reasons) == ([], {})
    assert book.is_due(TWO + DAY)
    book.account(TIMES, TWO + DAY, "x")
    assert waits(book) == [("refresh", TWO + DAY)]


def _refuses(*_: object) -> None:
    raise StoreError("state/runner.db: attempt to write a readonly database")


def test_who_may_not_begin(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    waiting = Waiting("refresh", TWO)
    assert book.forbidden(waiting, WAITED, TWO + 3 * HOUR) is None
    assert book.forbidden(waiting, WAITED, TWO + 4 * HOUR) == f"{WAITED}, {OVER}"
    assert book.forbidden(Waiting("train", TWO), WAITED, TWO) == DISABLED
    book.add(waiting, TWO)
    book.miss(waiting, TWO, "why")
    assert book.queue == []
    assert missed(tmp_path) == {"2026-11-24T02": "why"}


def test_who_cannot_be_brought_forward(tmp_path: Path) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    assert book.refusal("refresh", []) is None
    assert book.refusal("refresh", ["refresh"]) == "it runs or waits already"
    assert book.refusal("train", []) == "it is not enabled"
    book.add(Waiting("refresh", TWO), TWO)
    assert book.refusal("refresh", []) == "it runs or waits already"
