"""Measure what an intake loses beside a web app that writes a row a millisecond.

    python -m bench.speed.writer --seconds 60

Two apps run at once, each a process of its own with a staging folder of its own: one opens
`new_interactions.csv` for every row, one holds it open all the time (and opens a new one four times
in the run). The intake runs again and again; at the end every row that was written must be in the
batches, once. The last two lines measure the obvious way, which reads the file and then moves it,
beside the same apps: this is what the measurement finds when there is something to find.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recsys.intake import drops

HEADER = "user_id,product_id,rating,comment,timestamp\n"
ROW_S = 0.001
PAUSE_S = 0.2  # between two intakes
REOPENS = 4  # how often the app that holds its file open begins a new one
KINDS = ("opens for each row", "holds open")


@dataclass(frozen=True)
class Result:
    """What became of the rows of one app."""

    way: str
    kind: str
    written: int
    lost: int
    doubled: int
    intakes: int
    batches: int

    def line(self) -> str:
        share = 100 * self.lost / self.written
        return (
            f"{self.way:15} {self.kind:19} {self.written:7d} rows {self.intakes:5d} intakes {self.batches:5d} batches "
            f"{self.lost:6d} lost ({share:.2f} %) {self.doubled:4d} doubled"
        )


def write_rows(path: Path, seconds: float, kind: str) -> int:
    """Append numbered rows to `path` at one a millisecond; how many they were."""
    began = time.monotonic()
    number, handle = 0, None
    while (passed := time.monotonic() - began) < seconds:
        if number > passed / ROW_S:
            time.sleep(ROW_S / 2)
            continue
        if handle is None:
            handle = path.open("a", encoding="utf-8")
            if not handle.tell():  # asked of the open file: a look at the name would come too early
                handle.write(HEADER)
        handle.write(f'u{number},p1,5,"row {number},\nin two lines",2024-01-01 10:00:00\n')
        handle.flush()
        number += 1
        if kind == KINDS[0] or number % int(seconds / ROW_S / REOPENS) == 0:
            handle.close()
            handle = None
    if handle:
        handle.close()
    return number


def seal_all(staging: Path, batches: Path) -> int:
    """One intake of ours; how many batches it made."""
    return len(drops.take(staging, batches, datetime.now(UTC), PAUSE_S))


def read_then_move(staging: Path, batches: Path) -> int:
    """The obvious way, to compare with."""
    path = staging / drops.APPENDED
    if not path.exists():
        return 0
    text = path.read_text(encoding="utf-8")
    (batches / f"{time.monotonic_ns()}.csv").write_text(text, encoding="utf-8")
    path.rename(staging / f"{time.monotonic_ns()}.done")
    return 1


def trial(folder: Path, kind: str, seconds: float, way: str = "claim and seal") -> Result:
    """One app and one intake side by side."""
    take: Callable[[Path, Path], int] = seal_all if way == "claim and seal" else read_then_move
    staging, batches = folder / "staging", folder / "batches"
    for each in (staging, batches):
        each.mkdir(parents=True)
    command = [
        sys.executable,
        "-m",
        "bench.speed.writer",
        "--app",
        kind,
        "--seconds",
        str(seconds),
        "--staging",
        staging,
    ]
    taken, made = 0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as app:
        while app.poll() is None:
            made += take(staging, batches)
            taken += 1
            time.sleep(PAUSE_S)
        assert app.stdout
        written = int(app.stdout.read())
    while made_now := take(staging, batches):
        made += made_now
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(batches.glob("*.csv")))
    found = Counter(
        line.split(",")[0]
        for line in text.splitlines()
        if line.startswith("u") and line + "\n" != HEADER
    )
    lost = sum(f"u{number}" not in found for number in range(written))
    return Result(way, kind, written, lost, found.total() - len(found), taken, made)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--app", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--staging", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.app:
        print(write_rows(options.staging / drops.APPENDED, options.seconds, options.app))
        return 0
    print(
        f"{options.seconds:g} s, a row a millisecond, Python {sys.version.split()[0]}, {os.cpu_count()} cores"
    )
    results = []
    for way in ("claim and seal", "read, then move"):
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder:
                results.append(trial(Path(folder), kind, options.seconds, way))
            print(results[-1].line(), flush=True)
    return any(
        result.lost or result.doubled for result in results if result.way == "claim and seal"
    )


if __name__ == "__main__":
    sys.exit(main())
