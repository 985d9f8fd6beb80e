"""Who holds which lock, and whether they do anything; what a killed process has left.

reads   state/runner.lock, state/repro.lock, mlruns/.registry.lock, .dvc/tmp/rwlock, state/runner.db
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ops import lock
from ops.doctor.finding import Finding, bad, ok, warning
from ops.explain.moments import Clock, parsed
from ops.scheduler import run_history, stopping
from recsys.program.errors import InstanceError

HELD = InstanceError.exit_code
NEXT_REPRO = "the next `python runner.py repro` mends it"


def locks(root: Path, state: Path, mlruns: Path, clock: Clock) -> list[Finding]:
    """The locks that are held, a line each; one line if none is."""
    runner = _named(state / stopping.LOCK, "the runner", clock)
    repro = _named(state / "repro.lock", "a repro, an audit or a replay", clock)
    registry = _nameless(mlruns / ".registry.lock")
    rwlock = _rwlock(root, is_busy=repro is not None)
    left = _left_open(state, is_up=runner is not None)
    found = [one for one in (runner, repro, registry, rwlock, left) if one]
    return found or [ok("locks", "none is held, nothing was left")]


def _named(path: Path, who: str, clock: Clock) -> Finding | None:
    """A lock whose file names its holder; None if it is free."""
    facts = lock.holder(path)
    if facts is None:
        return None
    what, since = path.name, facts.get("since")
    at = clock.at(parsed(since)) if since else "an unknown time"
    try:
        process = stopping.holding(path, facts)
    except InstanceError as error:
        seen, _, mend = str(error).partition("; ")
        return warning(what, seen, mend)
    seen = f"held by process {process.pid} ({who}) since {at}"
    if stopping.is_frozen(process):
        step = f"`kill -CONT {process.pid}` wakes it"
        if path.name == stopping.LOCK:
            step += "; `python runner.py stop --force` ends it and its jobs"
        return bad(what, f"{seen}; it is FROZEN (state T)", step, HELD)
    return ok(what, seen)


def _nameless(path: Path) -> Finding | None:
    """The registry's lock, which says nothing of its holder."""
    if lock.holder(path) is None:
        return None
    pids = _with_open(path)
    who = ", ".join(map(str, pids)) or "a process that is not to be seen here"
    step = (
        "wait until it has ended: it is a promotion, rollback, registration or cleanup"
    )
    return warning(path.name, f"held; open in {who}", step)


def _with_open(path: Path) -> list[int]:
    """The processes that have a file open."""
    import psutil

    pids = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if str(path.resolve()) in {file.path for file in process.open_files()}:
                pids.append(process.pid)
    return pids


def _rwlock(root: Path, *, is_busy: bool) -> Finding | None:
    """DVC's table of what is read and written; None if it is empty, or a repro uses it."""
    path = root / ".dvc" / "tmp" / "rwlock"
    if is_busy or not path.exists():
        return None
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        pids = sorted(set(_pids(table)))
    except (OSError, ValueError, AttributeError, TypeError):
        return warning("dvc", f"{path} was cut short", NEXT_REPRO)
    if not pids:
        return None
    names = ", ".join(map(str, pids))
    return warning(
        "dvc", f"{path} names processes ({names}), and no repro runs", NEXT_REPRO
    )


def _pids(table: dict[str, Any]) -> list[int]:
    """The processes that stand in the table."""
    pids = []
    for entry in table.values():
        readers = entry.get("read") or []
        writer = entry.get("write")
        pids += [one["pid"] for one in [*readers, *([writer] if writer else [])]]
    return pids


def _left_open(state: Path, *, is_up: bool) -> Finding | None:
    """Rows of runs that nobody watches any more; while a runner is up it sees to them."""
    import psutil

    gone = [
        run.id
        for run in run_history.open_runs(state)
        if not psutil.pid_exists(run.owner)
    ]
    if is_up or not gone:
        return None
    names = ", ".join(gone[:3])
    step = "the next `python runner.py start` closes it and ends what is left of it"
    return warning("runs", f"open, and who watched is gone: {names}", step)
