"""Why a job ran, or did not."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.explain import happenings, timetable, why
from ops.explain.looks import Runner
from ops.explain.timetable import Timetable
from ops.explain.would import Act
from ops.scheduler import run_history
from recsys.program.errors import ConfigError
from tests.ops.explain.rows import CLOCK, NOW
from tests.ops.explain.worlds import DOWN, lived

UP = Runner(True, 42, run_history.stamp(NOW - timedelta(days=1)))
NOTHING = Act("nothing new: no stage would run", is_nothing=True)


def known(root: Path, job: str = "refresh", **facts: object) -> why.Known:
    """What is known of a job of the project that has lived, but for these facts."""
    state = root / "state"
    found = why.Known(
        job=job,
        times=Timetable(timetable.written(ROOT / "params.yaml"), timetable.FILE),
        clock=CLOCK,
        runner=UP,
        first_start=run_history.first_start(state),
        found=happenings.all_of(state, CLOCK).get(job, []),
        running=[],
        waits=None,
        act=NOTHING,
    )
    return replace(found, **facts)  # type: ignore[arg-type]  # the caller's names


def test_runs_and_non_runs_stand_newest_first_each_with_its_cause(
    tmp_path: Path,
) -> None:
    lived(tmp_path)
    assert (
        why.as_text(known(tmp_path), 10, 200)
        == f"""\
refresh  daily at 02:00; next 2026-11-24 02:00 (in 15 h)
now      nothing new: no stage would run; it would be skipped

WHEN              BY     RESULT  WHY
2026-11-23 02:00  clock  ok      done in 4.0 s: 37 new interactions
2026-11-22 02:00  -      missed  did not run: {DOWN}"""
    )


def test_a_run_that_went_wrong_says_its_mend_to_the_end_and_where_its_log_is(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    run = run_history.open_run(state, "refresh", None, NOW)
    assert run
    reason = "night.csv, line 1: column 'rating' is missing; mend it and drop it again"
    run_history.close_run(state, run.id, "failed", 3, NOW, reason=reason)
    assert why.as_text(known(tmp_path), 10, 80).splitlines()[3:] == [
        "WHEN              BY    RESULT  WHY",
        "2026-11-23 11:00  hand  failed  failed: night.csv, line 1: column 'rating' is",
        "                                missing; mend it and drop it again",
        "",
        "what it said: python runner.py logs refresh",
    ]


def test_without_a_job_all_that_has_happened_is_shown(tmp_path: Path) -> None:
    params = ROOT / "params.yaml"
    state = tmp_path / "state"
    assert "no job has run" in why.happened(state, params, 10, False)
    assert not list(tmp_path.iterdir())
    lived(tmp_path)
    lines = why.happened(state, params, 10, False).splitlines()
    assert lines[0].split() == ["WHEN", "JOB", "BY", "RESULT", "WHY"]
    folded = [line[:16].strip() for line in lines[1:]]
    times = [time for time in folded if time]
    assert times == sorted(times, reverse=True)
    assert len(why.happened(state, params, 1, False).splitlines()) == 2
    shown = json.loads(why.happened(state, params, 10, True))
    assert len(shown) == len(times)
    assert {"job", "status", "words"} <= shown[0].keys()


def test_a_job_that_never_ran_says_why(tmp_path: Path) -> None:
    assert why.now(known(tmp_path, "train", runner=Runner(alive=False))) == [
        why.DOWN,
        "it has never run: the runner was never started",
    ]
    lived(tmp_path)
    assert why.now(known(tmp_path, "cleanup")) == [
        "it has never run: no slot of it has come since the runner was first started "
        "(2026-11-20 11:00)"
    ]


def test_a_job_without_a_time_and_a_disabled_one_say_so(tmp_path: Path) -> None:
    lived(tmp_path)
    assert why.now(known(tmp_path, "rollback"))[0] == (
        "it has no time in runner.jobs of params.yaml: `python runner.py run rollback`"
    )
    times = timetable.written(ROOT / "params.yaml")
    off = {"refresh": replace(times.jobs["refresh"], enabled=False)}
    table = Timetable(replace(times, jobs=off), timetable.FILE)
    assert why.now(known(tmp_path, times=table)) == [
        "it is disabled: it runs by hand only; "
        "set runner.jobs.refresh.enabled in params.yaml to true"
    ]


def test_a_frozen_runner_is_the_cause(tmp_path: Path) -> None:
    lived(tmp_path)
    frozen = replace(UP, frozen=True)
    assert why.now(known(tmp_path, runner=frozen)) == [
        "the runner is frozen (process 42, state T); `kill -CONT 42` wakes it"
    ]


def test_a_slot_that_is_due_waits_for_the_job_that_runs(tmp_path: Path) -> None:
    lived(tmp_path)
    slot = NOW - timedelta(hours=6)
    due = known(tmp_path, "deploy", running=["train"], waits=(slot, None))
    words = "its slot of 05:00 waits: train runs, and they share files"
    assert why.now(due) == [words]
    again = known(tmp_path, "deploy", waits=(slot, "attempt 2, as the disk was full"))
    assert why.now(again) == [
        "its slot of 05:00 (attempt 2, as the disk was full) waits"
    ]


def test_for_programs(tmp_path: Path) -> None:
    lived(tmp_path)
    shown = json.loads(json.dumps(why.as_json(known(tmp_path), 1)))
    assert (shown["next"], shown["nothing_to_do"]) == (
        "2026-11-24T02:00:00+07:00",
        True,
    )
    assert [one["status"] for one in shown["history"]] == ["ok"]


def test_an_unknown_job_names_the_known_ones(tmp_path: Path) -> None:
    folders = (
        tmp_path,
        tmp_path / "state",
        tmp_path / "mlruns",
        tmp_path / "params.yaml",
    )
    with pytest.raises(
        ConfigError, match=r"unknown job 'tr\\x1bain'; known are refresh"
    ):
        why.look("tr\x1bain", *folders)
    assert not list(tmp_path.iterdir())
