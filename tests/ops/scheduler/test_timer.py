from datetime import datetime, timedelta

from ops.scheduler.slots import Rule, Times
from ops.scheduler.timer import Timer

RULES = {
    "refresh": Rule("day", "02:00", True, 60, 60, 0),
    "train": Rule("sunday", "03:00", True, 60, 60, 0),
    "health": Rule("hour", ":15", True, 60, 60, 0),
    "cleanup": Rule("month", "04:00", True, 60, 60, 0),
}
TIMES = Times("Asia/Ho_Chi_Minh", RULES, "lists.csv")


def test_each_job_wakes_at_its_time_and_all_once_a_minute() -> None:
    timer = Timer(print)
    timer.arm(TIMES)
    units = [(job.unit, str(job.at_time)) for job in timer.scheduler.jobs]
    assert units == [
        ("minutes", "None"),
        ("days", "02:00:00"),
        ("weeks", "03:00:00"),
        ("hours", "00:15:00"),
        ("days", "04:00:00"),  # it has no months; a wake too much does nothing
    ]
    timer.arm(TIMES)
    assert len(timer.scheduler.jobs) == 5


def test_it_wakes_when_it_is_time() -> None:
    woken: list[int] = []
    timer = Timer(lambda: woken.append(1))
    timer.arm(TIMES)
    timer.run_pending()
    assert woken == []
    now = datetime.now()  # noqa: DTZ005 - schedule has local times
    assert timer.scheduler.next_run <= now + timedelta(minutes=1)
    timer.scheduler.jobs[0].next_run = now
    timer.run_pending()
    assert woken == [1]
