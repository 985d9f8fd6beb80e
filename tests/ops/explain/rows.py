"""Rows of the runner's database, as the runner writes them, for tests of what is said of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ops.explain.moments import Clock
from ops.scheduler import run_history
from ops.scheduler.run_history import Run

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday, 11:00 in Saigon
CLOCK = Clock(NOW, ZoneInfo("Asia/Ho_Chi_Minh"))
STAMP = run_history.stamp(NOW)


def a_run(**facts: object) -> Run:
    """A refresh of 02:00 that went well in 4.2 s, but for these facts."""
    begun = NOW - timedelta(hours=9)
    run = Run(
        id="refresh-1",
        job="refresh",
        slot=run_history.stamp(begun),
        attempt=1,
        started_at=run_history.stamp(begun),
        ended_at=run_history.stamp(begun + timedelta(seconds=4.2)),
        pid=7,
        owner=6,
        status="ok",
        kind=None,
        reason=None,
        exit_code=0,
        log="gone.log",
    )
    return replace(run, **facts)  # type: ignore[arg-type]  # the caller's names


def ran(
    state: Path,
    job: str,
    begun: datetime,
    status: str = "ok",
    code: int = 0,
    *,
    slot: datetime | None = None,
    reason: str | None = None,
    said: str = "",
    seconds: float = 4.0,
) -> Run:
    """Write the row of a run that has ended, and its log."""
    run = run_history.open_run(state, job, slot, begun)
    assert run
    Path(run.log).parent.mkdir(exist_ok=True)
    Path(run.log).write_text(said)
    end = begun + timedelta(seconds=seconds)
    run_history.close_run(state, run.id, status, code, end, None, reason)
    return run
