from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ops.scheduler.dues import Waiting
from ops.scheduler.retries import (
    again,
    cause_of,
    may_retry,
    wait_s,
    with_other_params,
)
from ops.scheduler.run_history import Run, stamp

SLOT = datetime(2026, 3, 1, tzinfo=UTC)
FAILED = Run(
    id="id",
    job="train",
    slot=stamp(SLOT),
    attempt=1,
    started_at=stamp(SLOT),
    ended_at=stamp(SLOT + timedelta(minutes=5)),
    pid=1,
    owner=1,
    status="failed",
    kind=None,
    reason=None,
    exit_code=6,
    log="",
)


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        ("skipped", 5, "somebody else was at work"),
        ("skipped", 4, None),  # nothing to do: that is an end
        ("skipped", 0, None),
        ("failed", 6, "the store could not be reached"),
        ("failed", 7, "the service did not answer well"),
        ("failed", 8, "the disk was full or refused to write"),
        ("failed", 137, "it was killed by signal 9"),
        ("interrupted", None, "it was cut short"),
        ("stopped", 143, "it was cut short"),
        ("failed", 2, None),
        ("failed", 3, None),
        ("failed", 70, None),
        ("failed", 1, None),
        ("timeout", 143, None),
        ("ok", 0, None),
    ],
)
def test_only_what_may_pass_is_tried_again(
    status: str, code: int | None, cause: str | None
) -> None:
    run = replace(FAILED, status=status, exit_code=code)
    assert cause_of(run) == cause
    assert may_retry(run, 3) == (cause is not None)


@pytest.mark.parametrize(
    ("status", "attempt", "retries", "expected"),
    [
        ("failed", 1, 0, False),
        ("failed", 2, 2, True),
        ("failed", 3, 2, False),
        ("interrupted", 2, 0, True),  # whatever `retries` says, two more
        ("interrupted", 3, 9, False),
    ],
)
def test_so_many_attempts_there_are(
    status: str, attempt: int, retries: int, expected: bool
) -> None:
    run = replace(FAILED, status=status, attempt=attempt)
    assert may_retry(run, retries) is expected


def test_a_run_by_hand_is_not_tried_again() -> None:
    assert not may_retry(replace(FAILED, slot=None), 3)


def test_the_waits_double_up_to_half_an_hour() -> None:
    assert [wait_s(n) for n in range(1, 8)] == [60, 120, 240, 480, 960, 1800, 1800]


def test_the_next_attempt_waits_from_the_end_of_the_last() -> None:
    ended = SLOT + timedelta(minutes=5)
    why = "attempt 2, as the store could not be reached"
    assert again(FAILED, 1000.0, ended) == Waiting("train", SLOT, 1060.0, why)
    later = ended + timedelta(seconds=45)
    assert again(FAILED, 1000.0, later).ready_at == 1015.0
    cut = replace(FAILED, status="interrupted")
    assert again(cut, 1000.0, ended).ready_at == 1000.0


def test_wrong_params_wait_for_other_ones() -> None:
    wrong = replace(FAILED, exit_code=2)
    why = "attempt 2, as params.yaml was wrong then"
    assert with_other_params(wrong) == Waiting("train", SLOT, 0.0, why)
    by_hand = replace(wrong, slot=None)
    for other in (FAILED, by_hand, replace(wrong, status="interrupted")):
        assert with_other_params(other) is None
