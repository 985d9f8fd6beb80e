"""How runs end, in words: the status, the kind and the reason of a row."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ops.processes import Ended
from ops.said import Said, in_short
from ops.scheduler.dues import in_words
from ops.scheduler.retries import NOTHING_TO_DO, SIGNALS
from ops.scheduler.run_history import Run, stamp

INTERRUPTED = "its runner was killed, or the machine went down"
STOPPED = "the operator stopped it"
LOG_END = 65536  # bytes of a log in which its last error is looked for
ERROR = "error: "


@dataclass(frozen=True)
class End:
    """What a row says of an end."""

    status: str
    kind: str | None
    reason: str | None


def outcome(ended: Ended, told: Said, log: Path, limit_s: float) -> End:
    """The end of a run: by its exit code, what it told, and the last error in its log."""
    if ended.status == "ok":
        return End(told.status, told.kind, told.reason)
    if ended.status == "stopped":
        return End("stopped", None, STOPPED)
    if ended.status == "timeout":
        return End("timeout", None, f"over its time limit of {in_words(limit_s)}")
    if ended.code in SIGNALS:
        return End("failed", None, f"killed by signal {ended.code - 128}")
    error = last_error(log)
    reason = in_short(f"exit {ended.code}: {error}" if error else f"exit {ended.code}")
    status = "skipped" if ended.code in NOTHING_TO_DO else "failed"
    return End(status, None, reason)


def last_error(log: Path) -> str:
    """The last error that a log tells of, else its last line; "" if it cannot be read."""
    text = ""
    with suppress(OSError), log.open("rb") as handle:
        handle.seek(max(0, log.stat().st_size - LOG_END))
        text = handle.read().decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines()]
    errors = [line.partition(ERROR)[2] for line in lines if line.startswith(ERROR)]
    said = [line for line in lines if line and not line.startswith("$ ")]
    return next(reversed(errors or said), "")


def closed(run: Run, end: End, code: int, now: datetime) -> Run:
    """The row of a run that has ended."""
    return replace(
        run,
        status=end.status,
        kind=end.kind,
        reason=end.reason,
        exit_code=code,
        ended_at=stamp(now),
    )


def sentence(run: Run) -> str:
    """How a run ended, for people."""
    code = "" if run.exit_code is None else f"exit {run.exit_code}"
    why = (run.reason or "").removeprefix(code).removeprefix(": ")
    ended = f"{run.job}: {run.status}" + (code and f", {code}")
    return ended + (why and f" ({why})")
