"""The times that count: the loop's while it is up, with a word on a params.yaml beside them."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.explain import timetable
from ops.scheduler import kept as loops
from ops.scheduler.kept import Kept
from recsys.program.errors import ConfigError
from tests.ops.explain.rows import NOW


@pytest.fixture
def params(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "params.yaml", tmp_path))


@pytest.fixture
def state(tmp_path: Path, params: Path) -> Path:
    """A state/ in which the loop has taken this params.yaml."""
    loops.write(tmp_path, Kept(timetable.written(params), NOW, None))
    return tmp_path


def edit(params: Path, old: str, new: str) -> None:
    text = params.read_text()
    assert old in text
    params.write_text(text.replace(old, new, 1))


def test_times_of_a_runner_that_is_up_are_those_that_it_has_taken(
    state: Path, params: Path
) -> None:
    found = timetable.kept(state, params, is_up=True)
    assert (found.source, found.note) == (timetable.LOOP, "")
    assert found.when("refresh") == "daily at 02:00"


def test_an_edit_that_the_loop_has_not_taken_is_told_and_not_shown(
    state: Path, params: Path
) -> None:
    edit(params, "at: 02:00", "at: 01:30")
    found = timetable.kept(state, params, is_up=True)
    assert found.when("refresh") == "daily at 02:00"
    assert (
        found.note == "params.yaml is newer (refresh); the runner takes it in a moment"
    )
    edit(
        params,
        "zone: Asia/Ho_Chi_Minh            # the zone of the times",
        "zone: Europe/Berlin  #",
    )
    assert "newer (the zone, refresh)" in timetable.kept(state, params, is_up=True).note


def test_a_bad_edit_is_told_and_the_times_stay(state: Path, params: Path) -> None:
    edit(params, "at: 02:00", "at: 26:00")
    found = timetable.kept(state, params, is_up=True)
    assert found.when("refresh") == "daily at 02:00"
    assert found.note.startswith(
        "params.yaml cannot be taken, so these stay (`python runner.py check` says all of it): "
    )
    assert "runner.jobs.refresh" in found.note


def test_what_the_loop_has_refused_is_told_in_its_words(
    state: Path, params: Path
) -> None:
    times = timetable.written(params)
    loops.write(state, Kept(times, NOW, "runner.zone: no zone"))
    found = timetable.kept(state, params, is_up=True)
    assert found.note == (
        "params.yaml was refused, so these stay (`python runner.py check` says all of it): "
        "runner.zone: no zone"
    )


def test_without_a_runner_params_yaml_counts(state: Path, params: Path) -> None:
    edit(params, "at: 02:00", "at: 01:30")
    found = timetable.kept(state, params, is_up=False)
    assert (found.source, found.when("refresh")) == (timetable.FILE, "daily at 01:30")
    edit(params, "at: 01:30", "at: 26:00")
    with pytest.raises(ConfigError, match=r"runner\.jobs\.refresh"):
        timetable.kept(state, params, is_up=False)


def test_a_torn_file_of_the_loop_is_as_none(state: Path, params: Path) -> None:
    file = loops.file_of(state)
    file.write_text(json.dumps(json.loads(file.read_text()))[:50])
    assert timetable.kept(state, params, is_up=True).source == timetable.FILE


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ("train", "Sundays at 03:00"),
        ("health", "every hour at :00"),
        ("cleanup", "on the 1st of each month at 04:00"),
        ("rollback", "by hand only"),
    ],
)
def test_a_rule_in_words(params: Path, job: str, words: str) -> None:
    found = timetable.kept(params.parent, params, is_up=False)
    assert found.when(job) == words


def test_slots_of_the_coming_days(params: Path) -> None:
    found = timetable.kept(params.parent, params, is_up=False)
    week = timedelta(days=7)
    assert len(list(found.slots("refresh", NOW, week))) == 7
    assert len(list(found.slots("train", NOW, week))) == 1
    assert found.next("train", NOW) == next(found.slots("train", NOW, week))
    assert found.newest("health", NOW) == NOW


def test_a_disabled_job_has_no_slots_and_says_so(params: Path) -> None:
    times = timetable.written(params)
    off = {job: replace(rule, enabled=False) for job, rule in times.jobs.items()}
    found = timetable.Timetable(replace(times, jobs=off), timetable.FILE)
    assert found.next("refresh", NOW) is found.newest("refresh", NOW) is None
    assert list(found.slots("refresh", NOW, timedelta(days=9))) == []
    assert found.when("refresh") == "daily at 02:00, but disabled"
