"""What the last health check has said, in a line; nothing is examined anew.

reads   the log of the newest run of the job health
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.explain.moments import Clock, parsed
from ops.explain.words import tail
from ops.scheduler import run_history
from ops.terminal import printable

OVERALL = "overall: "
LEVELS = ("critical", "warning")
LOOK = "`python runner.py health` looks now"
SHOWN = 3


@dataclass(frozen=True)
class LastHealth:
    """The newest check that ended, and what it found ill, the worst first."""

    at: datetime | None
    overall: (
        str  # ok, warning, critical; "" if it was never looked at, or its log is gone
    )
    ill: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        at = self.at and run_history.stamp(self.at)
        return {"at": at, "overall": self.overall or None, "ill": list(self.ill)}

    def sentence(self, clock: Clock) -> str:
        if self.at is None:
            return f"not looked at yet; {LOOK}"
        at = f"at {clock.short(self.at)}"
        if not self.overall:
            return f"not known: the log of the check {at} is gone; {LOOK}"
        told = "; ".join(self.ill[:SHOWN])
        more = len(self.ill) - SHOWN
        others = f"; {more} more" if more > 0 else ""
        return f"{self.overall} {at}{': ' if told else ''}{told}{others}"


def look(state: Path) -> LastHealth:
    """The newest check. StoreError if the rows cannot be read."""
    ended = [
        run for run in run_history.runs(state) if run.job == "health" and run.ended_at
    ]
    if not ended:
        return LastHealth(None, "")
    lines = tail(Path(ended[-1].log))
    said = [line for line in lines if line.startswith(OVERALL)]
    at = parsed(ended[-1].ended_at or ended[-1].started_at)
    overall = printable(said[-1].removeprefix(OVERALL)) if said else ""
    return LastHealth(at, overall, tuple(_ill(lines)))


def _ill(lines: list[str]) -> list[str]:
    """The checks that are not ok, without their spaces."""
    found = [
        (level, " ".join(line.removeprefix(level).split()))
        for level in LEVELS
        for line in lines
        if line.startswith(f"{level} ")
    ]
    return [f"{printable(text)}" for _, text in found]
