"""What the loop tells people through ops/alerts, and the child that delivers it.

writes  state/alerts.db (ops/alerts/outbox.py, which never raises)
"""

import subprocess
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from ops.alerts import outbox
from ops.scheduler import ends
from ops.scheduler.run_history import Run

SENDER = (sys.executable, "-m", "ops.alerts.send")
PAUSE = timedelta(seconds=60)  # after a sender that has failed: on a full disk, say
WELL, ILL = {"ok", "skipped"}, {"failed", "timeout", "interrupted"}


class Bell:
    """Says what is ill and what is well again."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.sender: subprocess.Popen[bytes] | None = None
        self.failed_at: datetime | None = None

    def run_ended(self, run: Run, is_last: bool, now: datetime) -> None:
        """A run has ended; `is_last` if it is not tried again."""
        if run.status in WELL:
            text = ends.sentence(run)
            outbox.well(self.state, f"job.{run.job}", text, now)
            outbox.well(self.state, f"missed.{run.job}", text, now)
        elif run.status in ILL and is_last:
            text = f"{ends.sentence(run)}; see `python runner.py logs {run.job}`"
            outbox.ill(self.state, f"job.{run.job}", "critical", text, now)

    def missed(self, job: str, text: str, now: datetime) -> None:
        """Slots of a job will never run."""
        outbox.ill(self.state, f"missed.{job}", "warning", text, now)

    def params(self, refused: str | None, now: datetime) -> None:
        """A params.yaml was taken, or refused."""
        if refused:
            text = f"{refused}; the former times are kept"
            outbox.ill(self.state, "params", "warning", text, now)
        else:
            outbox.well(self.state, "params", "params.yaml was taken", now)

    def clock(self, jump: str, now: datetime) -> None:
        """The clock was set, or the machine slept."""
        outbox.ill(self.state, "clock", "warning", jump, now)

    def clock_is_steady(self, now: datetime) -> None:
        """It went on as it should since."""
        outbox.well(self.state, "clock", "the clock runs evenly again", now)

    def deliver(self, now: datetime) -> None:
        """Start the delivery if something waits; one at a time. It never holds up the loop."""
        if self.sender and self.sender.poll() is None:
            return
        if self.sender and self.sender.returncode:
            self.failed_at = now
        self.sender = None
        if self.failed_at and abs(now - self.failed_at) < PAUSE:
            return
        self.failed_at = None
        if outbox.waiting(self.state, now):
            with suppress(OSError):
                self.sender = subprocess.Popen(
                    SENDER,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )

    def end(self) -> None:
        """End a delivery that is on its way: it goes on at the next start."""
        if self.sender and self.sender.poll() is None:
            self.sender.terminate()
