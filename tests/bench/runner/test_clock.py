"""Some weeks of a simulated machine, and what would be seen if the loop lost or doubled a slot."""

from datetime import datetime

import pytest

from bench.runner.clock import tried
from bench.runner.judge import is_wrong
from ops.scheduler import book, dues
from ops.scheduler.dues import Due
from ops.scheduler.slots import Rule

YEARS = 0.05


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "Europe/Berlin"])
def test_every_slot_runs_once_or_is_told(zone: str) -> None:
    _, verdict, count = tried((zone, YEARS, 11))
    assert not is_wrong(verdict), verdict
    assert verdict.due > 500
    assert verdict.well > 0.5 * verdict.due
    assert count.total() > 1


def test_a_slot_that_is_lost_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = dues.due

    def forgets(
        rule: Rule, zone: str, since: datetime, now: datetime, cause: str
    ) -> Due:
        found = real(rule, zone, since, now, cause)
        return found if cause == book.BUSY else Due(found.run, {})

    monkeypatch.setattr(book.dues, "due", forgets)
    _, verdict, _ = tried(("UTC", YEARS, 11))
    assert verdict.untold > 0
    assert is_wrong(verdict)
