"""What came of a run, in one sentence: every status, with and without a reason."""

from pathlib import Path

import pytest

from ops.explain import words
from ops.scheduler.run_history import Missed
from tests.ops.explain.rows import CLOCK, a_run


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "done in 4.2 s"),
        (
            {"kind": "incremental", "reason": "37 new interactions"},
            "done in 4.2 s (incremental): 37 new interactions",
        ),
        ({"status": "skipped", "reason": "no change"}, "nothing new"),
        ({"status": "skipped"}, "nothing new"),
        (
            {"status": "skipped", "exit_code": 5},
            "somebody else was at work",
        ),
        (
            {"status": "skipped", "reason": "a repro runs as process 9"},
            "nothing to do: a repro runs as process 9",
        ),
        (
            {
                "job": "deploy",
                "status": "skipped",
                "exit_code": 4,
                "reason": "exit 4: als-1 stays in Staging: the gate holds it; wait",
            },
            "held by the gate: als-1 stays in Staging",
        ),
        (
            {
                "job": "deploy",
                "status": "skipped",
                "exit_code": 4,
                "reason": "als-1 stays in Staging: the gate rejects it; train another",
            },
            "rejected by the gate: als-1 stays in Staging",
        ),
        (
            {"status": "failed", "exit_code": 3, "reason": "reviews.csv line 4: bad"},
            "failed: reviews.csv line 4: bad",
        ),
        (
            {"status": "failed", "exit_code": 6},
            "failed: exit 6, the store could not be reached",
        ),
        ({"status": "failed", "exit_code": 99}, "failed: exit 99, see its log"),
        (
            {"status": "failed", "exit_code": 3, "reason": "exit 3: no room"},
            "failed: no room",
        ),
        (
            {"status": "failed", "exit_code": 70, "reason": "exit 70"},
            "failed: exit 70, a bug; its log has the traceback",
        ),
        (
            {"status": "timeout", "reason": "over its time limit of 1 h"},
            "ended after 4.2 s: over its time limit of 1 h",
        ),
        ({"status": "stopped"}, "stopped after 4.2 s: the operator stopped it"),
        (
            {"status": "interrupted", "ended_at": None},
            "cut off: its runner was killed, or the machine went down",
        ),
        ({"status": "running", "ended_at": None}, "runs for 9 h 0 min now"),
    ],
)
def test_of_run(facts: dict[str, object], sentence: str) -> None:
    assert words.of_run(a_run(**facts), CLOCK) == sentence


def test_a_failure_without_a_reason_is_told_by_its_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("error: the first\n$ more\nerror: disk \x1b[2J full\nthe end\n")
    run = a_run(status="failed", exit_code=8, log=str(log))
    assert words.of_run(run, CLOCK) == "failed: disk \\x1b[2J full"


def test_a_check_that_finds_something_ill_has_not_failed(tmp_path: Path) -> None:
    log = tmp_path / "health.log"
    log.write_text(
        "critical data_age   26.6 days\nok  service  up\noverall: critical\n"
    )
    run = a_run(job="health", status="failed", exit_code=3, log=str(log))
    assert words.of_run(run, CLOCK) == "found critical: data_age 26.6 days"


def test_a_check_that_got_nowhere_has_failed(tmp_path: Path) -> None:
    log = tmp_path / "health.log"
    log.write_text("error: params.yaml: no such file\n")
    run = a_run(job="health", status="failed", exit_code=2, log=str(log))
    assert words.of_run(run, CLOCK) == "failed: params.yaml: no such file"


def test_of_missed() -> None:
    missed = Missed(
        "refresh", "2026-11-22T19:00:00.000+00:00", "the runner was down", ""
    )
    assert words.of_missed(missed) == "did not run: the runner was down"
