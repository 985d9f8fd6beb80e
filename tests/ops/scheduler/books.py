"""The book of a runner with one daily job, for tests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.scheduler import run_history
from ops.scheduler.book import Book, Reasons
from ops.scheduler.run_history import Run
from ops.scheduler.slots import Rule, Times

TWO = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAILY = Rule("day", "02:00", True, 3 * 3600, 60, 2)
TIMES = Times("UTC", {"refresh": DAILY}, "lists.csv")
OVER = "and its grace of 3 h was over"


class Heard:
    """What a book tells."""

    def __init__(self) -> None:
        self.reasons: Reasons = {}

    def __call__(self, reasons: Reasons, _: datetime) -> None:
        self.reasons |= reasons


def opened(
    state: Path, now: datetime, times: Times = TIMES, former: Times | None = None
) -> tuple[Book, Heard]:
    heard = Heard()
    book = Book(times, state, heard)
    book.open(former or times, 0.0, now)
    return book, heard


def ran(state: Path, slot: datetime, status: str, code: int | None = None) -> Run:
    """A run of before; its slot was settled when it was queued."""
    run = run_history.open_run(state, "refresh", slot, slot)
    assert run
    if run_history.settled(state, slot):
        run_history.settle(state, slot, ["refresh"], {}, {})
    run_history.close_run(state, run.id, status, code, slot + timedelta(minutes=1))
    return run_history.last_attempts(state, slot)["refresh"]


def waits(book: Book) -> list[tuple[str, datetime]]:
    return [(waiting.job, waiting.slot) for waiting in book.queue]


def missed(state: Path) -> dict[str, str]:
    return {each.slot[:13]: each.reason for each in run_history.missed(state)}
