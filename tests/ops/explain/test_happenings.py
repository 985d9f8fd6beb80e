"""Runs and slots that never ran, in one list, newest first."""

from datetime import timedelta
from pathlib import Path

from ops.explain import happenings
from ops.scheduler import run_history
from tests.ops.explain.rows import CLOCK, NOW, ran

YESTERDAY, TODAY = NOW - timedelta(hours=33), NOW - timedelta(hours=9)


def test_nothing_is_known_of_a_project_that_never_ran(tmp_path: Path) -> None:
    assert happenings.all_of(tmp_path, CLOCK) == {}
    assert list(tmp_path.iterdir()) == []


def test_runs_tries_and_missed_slots_stand_in_their_order(tmp_path: Path) -> None:
    ran(tmp_path, "refresh", TODAY, "failed", 6, slot=TODAY, reason="store locked")
    ran(tmp_path, "refresh", TODAY + timedelta(minutes=1), slot=TODAY)
    ran(tmp_path, "refresh", NOW)
    why = "the runner was down, and a later slot was due by then"
    run_history.settle(tmp_path, NOW, ["refresh"], {}, {("refresh", YESTERDAY): why})
    found = happenings.all_of(tmp_path, CLOCK)["refresh"]
    assert [(one.by, one.status, one.sentence) for one in found] == [
        ("hand", "ok", "done in 4.0 s"),
        ("try 2", "ok", "done in 4.0 s"),
        ("clock", "failed", "failed: store locked"),
        ("-", "missed", f"did not run: {why}"),
    ]
    assert found[-1].at == YESTERDAY
    assert found[-1].as_json() == {
        "at": "2026-11-21T19:00:00.000+00:00",
        "slot": "2026-11-21T19:00:00.000+00:00",
        "status": "missed",
        "words": f"did not run: {why}",
        "run": None,
        "attempt": None,
        "exit_code": None,
        "log": None,
    }
    assert (found[2].as_json()["attempt"], found[2].as_json()["exit_code"]) == (1, 6)


def test_what_lies_ahead_is_of_a_clock_that_was_set_back(tmp_path: Path) -> None:
    ran(tmp_path, "refresh", NOW + timedelta(days=400), "failed", 6)
    ran(tmp_path, "refresh", TODAY)
    ahead = {("refresh", NOW + timedelta(days=day)): "it was off" for day in (1, 300)}
    run_history.settle(tmp_path, NOW, ["refresh"], {}, ahead)
    found = happenings.all_of(tmp_path, CLOCK)["refresh"]
    assert [one.status for one in found] == ["ok", "failed"]
