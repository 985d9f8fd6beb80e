"""What wakes the loop: the library `schedule`, by the wall clock.

It wakes each job at its time, to the second, and all of them once a minute. It need not be right:
which slots are due is for the rows to say (ops/scheduler/slots.py), so a wake too much does
nothing, and one that is lost in a doubled hour comes a minute late.
"""

from collections.abc import Callable

import schedule

from ops.scheduler.slots import Times


class Timer:
    """Calls `wake` when something may be due."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self.wake = wake
        self.scheduler = schedule.Scheduler()

    def arm(self, times: Times) -> None:
        """Lay the times anew: others, or a clock that was set."""
        self.scheduler.clear()
        self.scheduler.every(1).minutes.do(self.wake)
        for rule in times.jobs.values():
            every = "day" if rule.every == "month" else rule.every  # it has no months
            unit = getattr(self.scheduler.every(), every)
            unit.at(rule.at, times.zone).do(self.wake)

    def run_pending(self) -> None:
        """Call `wake` if it is time."""
        self.scheduler.run_pending()
