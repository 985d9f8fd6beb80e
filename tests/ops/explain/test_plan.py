"""The coming days, and what each job would do now."""

import json
from dataclasses import replace
from pathlib import Path

from ops.explain import plan, timetable
from ops.explain.timetable import Timetable
from ops.explain.would import World
from tests.ops.explain.rows import CLOCK
from tests.ops.explain.worlds import lived

LINES = """\
The next 2 days, Asia/Ho_Chi_Minh
the runner is not running: nothing of this happens until `python runner.py start`

every hour at :00: health
Tue 2026-11-24  02:00 refresh, 03:00 embed
Wed 2026-11-25  02:00 refresh
"""


def made(root: Path, *jobs: str) -> tuple[Timetable, World]:
    """The times of these jobs in a project without a graph."""
    lived(root)
    times = timetable.written(root / "params.yaml")
    rules = {job: times.jobs[job] for job in jobs}
    world = World(root, root / "state", root / "mlruns", CLOCK)
    return Timetable(replace(times, jobs=rules), timetable.FILE), world


def test_a_line_a_day_and_hourly_jobs_once(tmp_path: Path) -> None:
    times, world = made(tmp_path, "refresh", "embed", "health")
    text = plan.as_text(times, world, False, 2, 160)
    assert text.startswith(LINES)
    assert (
        "\ndeploy    by hand           nothing new: no model waits in Staging" in text
    )


def test_nothing_is_skipped_that_has_no_time(tmp_path: Path) -> None:
    times, world = made(tmp_path, "deploy")
    text = plan.as_text(times, world, True, 1, 160)
    assert "no model waits in Staging -> skipped" in text
    assert "not running" not in text


def test_disabled_jobs_have_no_slots(tmp_path: Path) -> None:
    times, world = made(tmp_path, "refresh")
    off = replace(times.times.jobs["refresh"], enabled=False)
    disabled = replace(times, times=replace(times.times, jobs={"refresh": off}))
    text = plan.as_text(disabled, world, True, 7, 160)
    assert "no job has a time" in text
    assert "\nrefresh   disabled" in text


def test_for_programs(tmp_path: Path) -> None:
    times, world = made(tmp_path, "refresh", "health")
    shown = json.loads(json.dumps(plan.as_json(times, world, True, 7)))
    hourly = [slot for slot in shown["slots"] if slot["job"] == "health"]
    assert (len(hourly), len(shown["slots"]) - len(hourly)) == (168, 7)
    assert shown["slots"][0] == {"at": "2026-11-23T12:00:00+07:00", "job": "health"}
    (deploy,) = [job for job in shown["jobs"] if job["job"] == "deploy"]
    assert (deploy["when"], deploy["next"], deploy["nothing_to_do"]) == (
        "by hand only",
        None,
        True,
    )
