"""Many starts of the runner at once: is there one owner each time, and one run a slot?

usage   python -m bench.runner.contention [--starts N] [--processes N] [--out FILE]
            --starts        so many in all, 10,000 if not said
            --processes     so many of them at once, 8 if not said
writes  FILE                the table as Markdown; without one, to the terminal

In a round, all processes wait at a barrier, then each tries to become the runner (ops/lock.py on
state/runner.lock) and to open the run of the same slot (ops/scheduler/run_history.py), whether it
owns the lock or not; who owns it gives it back when all have tried. Another process asks all the
while who the owner is, as `runner.py status` does.
"""

import multiprocessing
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from typing import Any

from bench import command_line
from ops import lock
from ops.scheduler import run_history
from recsys.program.errors import InstanceError

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
WAIT_S = 600.0


def start(state: Path, number: int, slot: datetime) -> tuple[bool, bool, ExitStack]:
    """Try to be the runner, and to open the run of a slot; what of it was had."""
    owned = ExitStack()
    try:
        owned.enter_context(
            lock.hold(state / "runner.lock", "the runner", {"pid": number})
        )
        is_owner = True
    except InstanceError:
        is_owner = False
    run = run_history.open_run(state, "train", slot, slot)
    return is_owner, run is not None, owned


def contend(
    number: int, rounds: int, state: Path, barrier: Barrier, results: Any
) -> None:
    """One process: a start a round, and when all have tried the lock is given back."""
    for turn in range(rounds):
        barrier.wait(WAIT_S)
        slot = FIRST + timedelta(hours=turn)
        is_owner, has_run, owned = start(state, number, slot)
        results.put((turn, is_owner, has_run))
        barrier.wait(WAIT_S)
        owned.close()


def look(state: Path, done: Event) -> None:
    """Ask who the owner is, again and again."""
    while not done.is_set():
        lock.holder(state / "runner.lock")


def run(starts: int, processes: int) -> Counter[tuple[int, int]]:
    """How often a round had so many owners and so many runs of its slot."""
    rounds = -(-starts // processes)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        state, barrier, done = Path(folder), context.Barrier(processes), context.Event()
        results = context.Queue()
        looking = context.Process(target=look, args=(state, done))
        arguments = (rounds, state, barrier, results)
        starting = [
            context.Process(target=contend, args=(number, *arguments))
            for number in range(processes)
        ]
        for process in (looking, *starting):
            process.start()
        owners: Counter[int] = Counter()
        runs: Counter[int] = Counter()
        for _ in range(rounds * processes):
            turn, is_owner, has_run = results.get(timeout=WAIT_S)
            owners[turn] += is_owner
            runs[turn] += has_run
        for process in starting:
            process.join()
        done.set()
        looking.join()
    return Counter((owners[turn], runs[turn]) for turn in range(rounds))


def table(found: Counter[tuple[int, int]], processes: int) -> str:
    """The result as Markdown."""
    rounds = sum(found.values())
    lines = [
        "# Starts of the runner at once",
        "",
        f"Made by `python -m bench.runner.contention --starts {rounds * processes} "
        f"--processes {processes}`.",
        "",
        f"{rounds * processes:,} starts, {processes} at once, while another process asked for "
        "the owner.",
        "",
        "| owners of a round | runs of its slot | rounds |",
        "|---|---|---|",
        *(
            f"| {owners} | {runs} | {count:,} |"
            for (owners, runs), count in sorted(found.items())
        ),
        "",
    ]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """0 if each round had one owner and one run; 1 if one had not."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--starts", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=8)
    args = parser.parse_args(argv)
    found = run(args.starts, args.processes)
    command_line.write(table(found, args.processes), args.out)
    return int(found.keys() != {(1, 1)})


if __name__ == "__main__":
    sys.exit(main())
