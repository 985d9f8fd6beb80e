"""What the last health check has said, in a line; nothing is examined anew.

reads   the log of the newest run of the job health
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.explain.log_end import tail
from ops.explain.moments import Clock, parsed
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
        return f"{self.overall} {at}{_few(self.ill)}"


def look(state: Path) -> LastHealth:
    """The newest check. StoreError if the rows cannot be read."""
    ended = [
        run for run in run_history.runs(state) if run.job == "health" and run.ended_at
    ]
    if not ended:
        return LastHealth(None, "")
    newest = ended[-1]
    overall, ill = _read(Path(newest.log))
    if not overall:  # its log is gone; its row may say it in short
        overall, ill = _of_row(newest.reason or "")
    return LastHealth(parsed(newest.ended_at or newest.started_at), overall, ill)


def of_log(log: Path) -> str:
    """What a check has found, in short: a check that finds something ill has not failed. "" if
    it did not get so far.
    """
    overall, ill = _read(log)
    return f"found {overall}{_few(ill)}" if overall else ""


def _of_row(reason: str) -> tuple[str, tuple[str, ...]]:
    """What stands in a row: `found LEVEL`, and the names of what is ill."""
    found = re.fullmatch(r"found (\w+)(?:: (.+))?", reason)
    if not found:
        return "", ()
    return found[1], tuple(found[2].split(", ")) if found[2] else ()


def _few(ill: Sequence[str]) -> str:
    told = "; ".join(ill[:SHOWN])
    more = len(ill) - SHOWN
    return f"{': ' if told else ''}{told}{f'; {more} more' if more > 0 else ''}"


def _read(log: Path) -> tuple[str, tuple[str, ...]]:
    """The overall level that stands in a log, and what is ill."""
    lines = tail(log)
    said = [line for line in lines if line.startswith(OVERALL)]
    overall = printable(said[-1].removeprefix(OVERALL)) if said else ""
    return overall, tuple(_ill(lines))


def _ill(lines: list[str]) -> list[str]:
    """The checks that are not ok, without their spaces."""
    found = [
        (level, " ".join(line.removeprefix(level).split()))
        for level in LEVELS
        for line in lines
        if line.startswith(f"{level} ")
    ]
    return [printable(text) for _, text in found]
