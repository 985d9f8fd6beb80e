"""Speed and memory of training, beside the libraries that do the same, in one run.

    python -m bench.training                ALS: 2 million interactions, 64 factors, on one thread and on two
    python -m bench.training --large        20 million interactions, 15 iterations: wall and CPU seconds, peak memory

Every program runs in a process of its own.
"""

import json
import os
import resource
import subprocess
import sys

import typer

from bench import als_speed
from bench.floor import ROOT, cost_of

THREADS = (1, 2)


def als_at(threads: int) -> dict[str, dict[str, float]]:
    """What bench/als_speed.py finds on so many threads."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.als_speed", "speed", str(threads)],
        env={**os.environ, "NUMBA_NUM_THREADS": str(threads)},
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # irspack's progress bar
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def als() -> None:
    print(
        f"ALS, {als_speed.ENTRIES:,} interactions of {als_speed.USERS:,} users and {als_speed.ITEMS:,} items, "
        f"{als_speed.FACTORS} factors: median seconds of {als_speed.REPEATS} iterations, taken in turn\n"
    )
    print("| threads | native | implicit | irspack | native / implicit | native / irspack |\n|---|---|---|---|---|---|")
    hashes = set()
    for threads in THREADS:
        found = als_at(threads)
        hashes.add(found["sha256"])
        native, implicit, irspack = (found["seconds"][name] for name in ("native", "implicit", "irspack"))
        print(
            f"| {threads} | {native:.3f} | {implicit:.3f} | {irspack:.3f} "
            f"| {native / implicit:.2f} | {native / irspack:.2f} |",
            flush=True,
        )
    same = "the same" if len(hashes) == 1 else "OTHER"
    print(f"\nnative factors on {' and '.join(map(str, THREADS))} threads: {same} bytes")


def large_als() -> None:
    users, items, entries = als_speed.LARGE
    print("| what | wall s | CPU s | peak MB |\n|---|---|---|---|")
    what = f"ALS, {entries:,} interactions, {users:,} users, {items:,} items, {als_speed.ITERATIONS} iterations"
    print(cost_of(sys.executable, "-m", "bench.als_speed", "large").row(what), flush=True)


def main(large: bool = typer.Option(False, "--large")) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    (large_als if large else als)()


if __name__ == "__main__":
    typer.run(main)
