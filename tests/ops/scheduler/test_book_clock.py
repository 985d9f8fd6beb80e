"""The book where the clock was wrong for a while."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.scheduler import run_history
from tests.ops.scheduler.books import (
    DAILY,
    DAY,
    HOUR,
    TIMES,
    TWO,
    missed,
    opened,
    ran,
    waits,
)


def test_a_slot_that_ran_by_a_clock_that_was_ahead_hides_no_later_cut(
    tmp_path: Path,
) -> None:
    opened(tmp_path, TWO - HOUR)
    ran(
        tmp_path, TWO + 30 * DAY, "ok", 0
    )  # the clock was a month ahead, and is right again
    ran(tmp_path, TWO, "interrupted")
    book, _ = opened(tmp_path, TWO + HOUR)
    assert waits(book) == [("refresh", TWO)]


@pytest.mark.parametrize("step", [DAY, 400 * DAY])
def test_a_clock_that_is_set_back_runs_what_lies_ahead_again(
    tmp_path: Path, step: timedelta
) -> None:
    book, _ = opened(tmp_path, TWO - HOUR)
    book.follow_clock(TWO - HOUR + step, "set")  # by mistake
    book.follow_clock(TWO - HOUR / 2, "set")
    assert waits(book) == []
    book.account(TIMES, TWO, "")
    assert waits(book) == [("refresh", TWO)]
    run_history.open_run(tmp_path, "refresh", TWO, TWO)
    assert "2026-11-24T02" not in missed(tmp_path)


def test_a_machine_that_starts_in_1970_misses_nothing_of_before(tmp_path: Path) -> None:
    opened(tmp_path, TWO - HOUR)
    ran(tmp_path, TWO, "ok", 0)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    book, heard = opened(tmp_path, epoch)
    assert book.queue == []
    book.follow_clock(TWO + HOUR, "set")
    assert (book.queue, heard.reasons) == ([], {})
    book.account(TIMES, TWO + DAY, "")
    assert waits(book) == [("refresh", TWO + DAY)]


def test_a_change_after_the_clock_was_set_back_and_a_time_down_are_told(
    tmp_path: Path,
) -> None:
    """Found in ten simulated years: the slots of other times in a span that was lived before."""
    book, _ = opened(tmp_path, TWO + 5 * DAY)
    book.follow_clock(TWO, "set")
    later = replace(TIMES, jobs={"refresh": replace(DAILY, at="12:00")})
    book.change(later, TWO + HOUR)
    opened(tmp_path, TWO + 6 * DAY, later)
    assert len(missed(tmp_path)) == 6
