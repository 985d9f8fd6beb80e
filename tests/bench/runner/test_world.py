from datetime import UTC, datetime, timedelta

from bench.runner import world as worlds
from bench.runner.world import BEGIN, DAY, HOUR, JOBS, Scan, World, rule
from ops.scheduler.slots import Times, slots_between


def test_a_scan_of_the_clock_finds_the_same_slots() -> None:
    """Two ways to the same, through the changes of each zone's clock."""
    since = datetime(2011, 9, 20, tzinfo=UTC)
    until = since + 110 * DAY
    for zone in ("Australia/Lord_Howe", "Pacific/Apia", "America/New_York"):
        scan = Scan(zone, since, until)
        for each in [
            *JOBS.values(),
            rule("hour", ":00", HOUR),
            rule("day", "02:00", HOUR),
        ]:
            found = [slot for slot in scan.slots(each) if since + 2 * DAY < slot]
            expected = slots_between(each, zone, since + 2 * DAY, until - 2 * DAY)
            assert [slot for slot in found if slot <= until - 2 * DAY] == list(expected)


def test_the_same_seed_has_the_same_events() -> None:
    times = Times("UTC", JOBS, "lists.csv")
    until = BEGIN + 365 * DAY
    first, second = (list(worlds.events(3, until, times)) for _ in range(2))
    assert first == second
    assert 20 < len(first) < 80
    assert {event.kind for event in first} == {"stop", "kill", "sleep", "step", "edit"}


def test_what_was_due_follows_the_clock_and_the_times() -> None:
    daily = {"refresh": rule("day", "02:00", HOUR)}
    world = World(Times("UTC", daily, "lists.csv"))
    world.pass_(DAY)  # 2 January, 00:00: the slot of the 1st
    world.step(DAY)  # the slot of the 2nd is left out, and was due all the same
    world.pass_(timedelta(minutes=1))  # somebody looks
    world.step(-2 * HOUR)
    world.pass_(5 * HOUR)  # 3 January, 03:00
    later = {"refresh": rule("day", "02:30", HOUR)}
    world.edit(Times("UTC", later, "lists.csv"))
    world.pass_(DAY, asleep=True)
    assert sorted(slot.strftime("%d %H:%M") for _, slot in worlds.due(world)) == [
        "01 02:00",
        "02 02:00",
        "03 02:00",
        "04 02:30",
    ]
    assert world.steady() == timedelta(hours=29, minutes=1).total_seconds()


def test_what_the_clock_showed_to_nobody_was_not_due() -> None:
    daily = {"refresh": rule("day", "02:00", HOUR)}
    world = World(Times("UTC", daily, "lists.csv"))
    world.pass_(HOUR)
    world.pass_(3 * DAY, asleep=True)
    world.step(-3 * DAY)  # before the runner has woken up
    world.pass_(2 * HOUR)
    assert [slot.day for _, slot in worlds.due(world)] == [1]
    world.pass_(5 * DAY, asleep=True)
    world.step(-2 * DAY)  # still three days ahead of what was seen
    world.pass_(HOUR)
    assert sorted(slot.day for _, slot in worlds.due(world)) == [1, 2, 3, 4]
