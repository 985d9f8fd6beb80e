from datetime import datetime

import pytest
import schedule

from bench.runner import others
from bench.runner.world import BEGIN, DAY, HOUR, World, rule
from ops.scheduler.slots import Times


def test_firings_against_what_was_due() -> None:
    world = World(Times("UTC", {"refresh": rule("day", "02:00", HOUR)}, "lists.csv"))
    world.pass_(3 * DAY)
    two = BEGIN + 2 * HOUR
    firings = [two - HOUR, two, two + HOUR, two + 2 * DAY]
    found = others.judged(world, [("refresh", at) for at in firings])
    assert found == {"due": 3, "run": 2, "lost": 1, "doubled": 1, "odd": 1}


def test_the_made_up_clock_is_read() -> None:
    world = World(Times("UTC", {}, "lists.csv"))
    world.pass_(HOUR)
    assert others.clock_of(world).now() == datetime(2010, 1, 1, 1)  # noqa: DTZ001 - as libraries have it


def test_bare_schedule_runs_daily_jobs_of_a_quiet_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "datetime", schedule.datetime)  # to have it back
    daily = {"refresh": rule("day", "02:00", HOUR)}
    world = World(Times("UTC", daily, "lists.csv"))
    firings: list[str] = []
    live = others.Bare(world, firings.append)
    others.live(live, world, BEGIN + 3 * DAY)
    assert firings == ["refresh"] * 3


def test_the_line_of_a_scheduler_counts_what_was_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "datetime", schedule.datetime)  # to have it back
    line = others.fate(("schedule 1.2.2", ("UTC", 0.01, 3)))
    _, name, zone, due, run, not_run, twice, _ = map(str.strip, line.split("|"))
    assert (name, zone, twice) == ("schedule 1.2.2", "UTC", "0")
    assert int(due) == int(run) + int(not_run) > 50
