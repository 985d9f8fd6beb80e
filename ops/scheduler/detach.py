"""Start the runner in the background: in a session of its own, its lines in state/runner.log.

writes  state/runner.log    appended to; what is over LONGEST goes to runner.log.1
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ops import lock
from ops.scheduler.stopping import LOCK
from recsys.program.errors import InstanceError

LOG = "runner.log"
LONGEST = 5_000_000  # bytes
UP_S = 60.0
SETTLED_S = 1.0  # one that is up for so long has not failed in its first steps
POLL_S = 0.1


@dataclass(frozen=True)
class Started:
    """A runner in the background, or how it has failed: `code` and what it said."""

    pid: int
    log: Path
    code: int = 0
    said: str = ""

    @property
    def sentence(self) -> str:
        if self.code:
            return self.said or (
                f"error: the runner ended at once with exit {self.code}, and {self.log} could not "
                f"take its words; `python runner.py start` shows them"
            )
        return (
            f"the runner is up (process {self.pid}); its lines: python runner.py logs"
        )


def start(root: Path, state: Path, up_s: float = UP_S) -> Started:
    """Start it, and come back when it is up or has failed. InstanceError if one is up already, or
    if this one does not come up.
    """
    holder = lock.holder(state / LOCK)
    if holder is not None:
        raise InstanceError(
            f"the runner is up already (process {holder.get('pid', 'unknown')}); "
            f"see `python runner.py status`, or run `python runner.py restart`"
        )
    log = state / LOG
    _make_room(log)
    begun = log.stat().st_size if log.exists() else 0
    process = _spawn(root, log)
    end, held_at = time.monotonic() + up_s, 0.0
    while time.monotonic() < end:
        code = process.poll()
        if code is not None:
            return Started(
                process.pid, log, code if code > 0 else 70, _since(log, begun)
            )
        facts = lock.holder(state / LOCK) or {}
        if facts.get("pid") == process.pid:
            held_at = held_at or time.monotonic()
            if time.monotonic() - held_at >= SETTLED_S:
                return Started(process.pid, log)
        time.sleep(POLL_S)
    raise InstanceError(
        f"the runner (process {process.pid}) is not up after {up_s:g} s; see {log}"
    )


def _spawn(root: Path, log: Path) -> subprocess.Popen[bytes]:
    """A session of its own has no terminal: neither Ctrl-C nor its closing reaches the runner."""
    command = [sys.executable, str(root / "runner.py"), "start"]
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _make_room(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST:
        log.replace(log.with_name(f"{log.name}.1"))


def _since(log: Path, begun: int) -> str:
    """What was written to the log since it had so many bytes."""
    with log.open("rb") as file:
        file.seek(begun)
        return file.read().decode("utf-8", "replace").strip()
