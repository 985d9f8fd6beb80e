"""Which stage of how many a repro is at, and how long it took the last time.

reads and writes  state/stage_times.json    seconds by stage; deleting it costs the words "took ..."

On a terminal the line that DVC begins a stage with says so. In a log DVC's own line stays.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ops.terminal import took
from recsys.files.atomic import read_json, write_json
from recsys.program.errors import UserError

VARIABLE = "SHOP_STAGE_TIMES"  # where the times are kept; without it nobody counts
FILE = "stage_times.json"

BEGINS = "Running stage '%s':"  # DVC's messages about a stage
SINCE = "since"  # of the first: seconds that it runs already (ops/pipeline/ahead.py)
PASSED = (
    "Stage '%s' didn't change, skipping",
    "Stage '%s' is cached - skipping run, checking out outputs",
)
LOGGERS = ("dvc.stage", "dvc.stage.run", "dvc.stage.cache")


class Progress:
    """Follows a repro by what DVC says of its stages."""

    def __init__(
        self,
        stages: Sequence[str],
        times: Mapping[str, float],
        clock: Callable[[], float],
    ) -> None:
        self.stages, self.former, self.clock = stages, times, clock
        self.times: dict[str, float] = {}  # of this repro
        self.met: list[str] = []
        self.running, self.begun_at = "", 0.0

    def passes(self, stage: str) -> None:
        """DVC has found that it need not run."""
        self.ends()
        self._count(stage)

    def begins(self, stage: str, since: float = 0.0) -> str:
        """It runs, since so many seconds if it began before its turn; the line that says so."""
        self.ends()
        self._count(stage)
        self.running, self.begun_at = stage, self.clock() - since
        last = self.former.get(stage)
        words = f" (took {took(last)} last time)" if last is not None else ""
        total = max(len(self.stages), len(self.met))
        return f"stage {len(self.met)} of {total}: {stage}{words}"

    def ends(self) -> None:
        """Whatever has run is done, and has taken so long."""
        if self.running:
            self.times[self.running] = self.clock() - self.begun_at
        self.running = ""

    def _count(self, stage: str) -> None:
        if stage not in self.met:
            self.met.append(stage)


def read_times(path: Path) -> dict[str, float]:
    """Seconds by stage, as far as they are known."""
    try:
        found = read_json(path)
        return {str(stage): float(seconds) for stage, seconds in found.items()}
    except (UserError, OSError, AttributeError, TypeError, ValueError):
        return {}


def keep_times(path: Path, progress: Progress) -> None:
    """Write down what the stages took; a disk that is full loses only this."""
    if progress.times:
        times = {**read_times(path), **progress.times}
        with suppress(OSError):
            write_json(path, {stage: round(times[stage], 3) for stage in sorted(times)})


def follow(progress: Progress, path: Path, is_shown: bool) -> None:
    """Let DVC's messages tell the progress, and be replaced by its lines where they are shown."""

    def heard(record: logging.LogRecord) -> bool:
        if record.msg in PASSED:
            progress.passes(_stage(record))
        elif record.msg == BEGINS:
            line = progress.begins(_stage(record), getattr(record, SINCE, 0.0))
            if is_shown:
                record.msg, record.args = line, ()
        keep_times(path, progress)
        return True

    for name in LOGGERS:
        logging.getLogger(name).addFilter(heard)


def _stage(record: logging.LogRecord) -> str:
    return str(record.args[0]) if isinstance(record.args, tuple) else ""


def variable(state: Path) -> dict[str, str]:
    """What tells a child where the times are kept."""
    return {VARIABLE: str((state / FILE).absolute())}


def place() -> Path | None:
    """Where the times are kept; None if nobody asked for them."""
    found = os.environ.get(VARIABLE)
    return Path(found) if found else None
