"""What an intake loses beside a web app that writes a row a millisecond.

usage   python -m bench.speed.writer [--seconds S] [--out FILE]
writes  FILE            a line a trial; without one, to the terminal, line by line
exit    1 if the intake has lost or doubled a row

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import command_line
from recsys.intake import drops

HEADER = "user_id,product_id,rating,comment,timestamp\n"
ROW_S = 0.001
PAUSE_S = 0.2  # between two intakes
REOPENS = 4  # how often the app that holds its file open begins a new one
KINDS = OPENS, HOLDS = ("opens for each row", "holds open")
WAYS = OURS, OBVIOUS = ("claim and seal", "read, then move")


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
        """A line of the report."""
        share = 100 * self.lost / self.written
        return (
            f"{self.way:15} {self.kind:19} {self.written:7d} rows {self.intakes:5d} intakes "
            f"{self.batches:5d} batches {self.lost:6d} lost ({share:.2f} %) "
            f"{self.doubled:4d} doubled"
        )


def write_rows(path: Path, seconds: float, kind: str) -> int:
    """Append numbered rows to `path` at one a millisecond; how many they were."""
    began = time.monotonic()
    number, handle = 0, None
    rows_a_file = 1 if kind == OPENS else int(seconds / ROW_S / REOPENS)
    while (passed := time.monotonic() - began) < seconds:
        if number > passed / ROW_S:
            time.sleep(ROW_S / 2)
            continue
        if handle is None:
            handle = path.open("a", encoding="utf-8")
            if (
                not handle.tell()
            ):  # asked of the open file: a look at the name would come too early
                handle.write(HEADER)
        handle.write(
            f'u{number},p1,5,"row {number},\nin two lines",2024-01-01 10:00:00\n'
        )
        handle.flush()
        number += 1
        if number % rows_a_file == 0:
            handle.close()
            handle = None
    if handle:
        handle.close()
    return number


def seal_all(staging: Path, batches: Path) -> int:
    """One intake of ours; how many batches it made."""
    return len(drops.take(staging, batches, datetime.now(UTC), PAUSE_S))


def read_then_move(staging: Path, batches: Path) -> int:
    """The obvious way, to compare with; how many batches it made."""
    path = staging / drops.APPENDED
    if not path.exists():
        return 0
    text = path.read_text(encoding="utf-8")
    (batches / f"{time.monotonic_ns()}.csv").write_text(text, encoding="utf-8")
    path.rename(staging / f"{time.monotonic_ns()}.done")
    return 1


def trial(folder: Path, kind: str, seconds: float, way: str = OURS) -> Result:
    """One app and one intake side by side."""
    take: Callable[[Path, Path], int] = seal_all if way == OURS else read_then_move
    staging, batches = folder / "staging", folder / "batches"
    for path in (staging, batches):
        path.mkdir(parents=True)
    app_options = ["--app", kind, "--seconds", str(seconds), "--staging", str(staging)]
    command = [sys.executable, "-m", "bench.speed.writer", *app_options]
    intakes, sealed = 0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as app:
        while app.poll() is None:
            sealed += take(staging, batches)
            intakes += 1
            time.sleep(PAUSE_S)
        assert app.stdout
        written = int(app.stdout.read())
    while more := take(staging, batches):
        sealed += more
    lost, doubled = lost_and_doubled(batches, written)
    return Result(way, kind, written, lost, doubled, intakes, sealed)


def lost_and_doubled(batches: Path, written: int) -> tuple[int, int]:
    """How many of the rows below number `written` are in no batch, how many there once more."""
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted(batches.glob("*.csv"))
    )
    lines = (
        line
        for line in text.splitlines()
        if line.startswith("u") and line + "\n" != HEADER
    )
    found = Counter(line.split(",")[0] for line in lines)
    lost = sum(f"u{number}" not in found for number in range(written))
    return lost, found.total() - len(found)


def trials(seconds: float) -> Iterator[Result]:
    """Both ways beside both apps."""
    for way in WAYS:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder:
                yield trial(Path(folder), kind, seconds, way)


def report(seconds: float, results: list[Result]) -> Iterator[str]:
    """The lines of the report; what was found is appended to `results`."""
    python = sys.version.split()[0]
    yield f"{seconds:g} s, a row a millisecond, Python {python}, {os.cpu_count()} cores"
    for result in trials(seconds):
        results.append(result)
        yield result.line()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if the intake has lost or doubled a row."""
    parser = command_line.parser(__doc__)
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="of each trial"
    )
    parser.add_argument("--app", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--staging", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.app:
        print(write_rows(given.staging / drops.APPENDED, given.seconds, given.app))
        return 0
    results: list[Result] = []
    command_line.write_lines(report(given.seconds, results), given.out)
    return int(any(one.lost or one.doubled for one in results if one.way == OURS))


if __name__ == "__main__":
    sys.exit(main())
