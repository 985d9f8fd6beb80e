"""Two runners that promote at once into one MLflow server on PostgreSQL: is one in Production?

usage   python -m bench.shared.promotions [--rounds N] [--out FILE]
            --rounds        each promotes so often, 50 if not said; both begin each round together
writes  FILE                the table as Markdown; without one, to the terminal

Each runner has a project folder and a deployment log of its own, as on two machines; they share the
server alone. A promotion is that of `runner.py deploy --model-id` without a service and without the
gate. Before the lock is given away, the runner counts the versions in Production and compares them
with the champion and with its log. Then a holder is killed, and one is frozen while another takes
the lock: what do the next ones wait, and what does the frozen one change when it wakes up?

SHOP_SERVER_PYTHON names an interpreter with psycopg2, where this one has none.
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench import command_line
from bench.damage import contention
from bench.house.imports import ROOT
from bench.shared import mlflow_server
from bench.speed import postgres
from ops.deploy import deployment_log, promote
from ops.deploy.site import Site
from recsys.registry import store, versions
from recsys.shared_store import address
from recsys.shared_store.lease import TIMES

WAIT_S = 600.0
utc_now = partial(datetime.now, UTC)
# holds the lock of the folder's store, and goes on when it is told to
HOLDER = """
import sys, pathlib
from recsys.registry import store, versions
mlruns = pathlib.Path(sys.argv[1])
with store.locked(mlruns, 600):
    client = store.client(mlruns)
    print("held", flush=True)
    sys.stdin.readline()
    versions.set_production(client, int(sys.argv[2]))
"""


@dataclass
class Seen:
    """What the campaign has found."""

    at_once: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0  # of all rounds
    waited: dict[str, float] = field(default_factory=dict)  # seconds, by what was done
    woken: str = ""  # what the frozen holder said in the end
    after: str = ""  # what stood in the registry then


def promotions(
    folder: Path, number: int, rounds: int, together: Barrier | None = None
) -> Counter[str]:
    """What one runner has seen: how often what."""
    found: Counter[str] = Counter()
    for _ in range(rounds):
        if together:
            together.wait(WAIT_S)
        found[promotion(folder, number)] += 1
    return found


def promotion(folder: Path, number: int) -> str:
    """What stands in registry and log after one promotion, while the lock is held."""
    mlruns, db = folder / "mlruns", folder / "state" / deployment_log.DATABASE
    wanted = contention.model_id(number)
    with store.locked(mlruns, WAIT_S), contextlib.redirect_stdout(io.StringIO()):
        site = Site(store.client(mlruns), db, None, utc_now)
        promote.promote(site, wanted)
        return contention.seen(site, wanted)


def _runner(  # what a process runs
    folder: Path,
    number: int,
    rounds: int,
    together: Barrier,
    answers: "Queue[Counter[str]]",
) -> None:
    answers.put(promotions(folder, number, rounds, together))


def at_once(folders: Sequence[Path], rounds: int) -> Counter[str]:
    """What all runners together have seen."""
    spawning = multiprocessing.get_context("spawn")
    together, answers = spawning.Barrier(len(folders)), spawning.Queue()
    runners = [
        spawning.Process(
            target=_runner, args=(folder, number, rounds, together, answers)
        )
        for number, folder in enumerate(folders)
    ]
    for runner in runners:
        runner.start()
    found = sum((answers.get(timeout=WAIT_S * 10) for _ in runners), Counter())
    for runner in runners:
        runner.join()
    return found


def holder(folder: Path, number: int) -> "subprocess.Popen[str]":
    """A process that holds the lock of the store, as it is seen from this folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder / "mlruns"), str(number + 1)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def seconds_of(folder: Path, number: int) -> float:
    """How long a promotion takes, and that it is right."""
    started = time.monotonic()
    said = promotion(folder, number)
    assert said == contention.RIGHT, said
    return time.monotonic() - started


def kill(folder: Path, next_one: Path) -> float:
    """Seconds until another folder has promoted after the holder of this one was killed."""
    process = holder(folder, 0)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return seconds_of(next_one, 1)


def freeze(folder: Path, next_one: Path) -> tuple[float, str, str]:
    """Seconds until another folder has promoted past a frozen holder; what the holder says when it
    wakes up and wants to promote its own; the stages after that.
    """
    process = holder(folder, 0)
    process.send_signal(signal.SIGSTOP)
    waited = seconds_of(next_one, 1)
    process.send_signal(signal.SIGCONT)
    _, error = process.communicate("go on\n", timeout=120)
    last = error.strip().splitlines()[-1] if error.strip() else "it has promoted"
    known = versions.versions(store.reader(next_one / "mlruns"))
    return waited, last, ", ".join(f"version {one.number} {one.stage}" for one in known)


def campaign(rounds: int, folder: Path, url: str, kills: bool = True) -> Seen:
    """All of it, with a server that is there."""
    os.environ[address.TRACKING] = url
    folders = [folder / "a", folder / "b"]
    contention.registered(folder / "mlruns", 2)
    seen, started = Seen(), time.monotonic()
    seen.at_once = at_once(folders, rounds)
    seen.seconds = time.monotonic() - started
    if kills:
        a, b = folders
        seen.waited["nothing"] = seconds_of(a, 0)
        seen.waited["a holder of the same folder was killed"] = kill(b, b)
        seen.waited["a holder of the other folder was killed"] = kill(a, b)
        (
            seen.waited["a holder of the other folder was frozen"],
            seen.woken,
            seen.after,
        ) = freeze(a, b)
    return seen


def run(rounds: int, kills: bool = True) -> Seen:
    """All of it, on a PostgreSQL and a server of its own."""
    with (
        tempfile.TemporaryDirectory() as name,
        postgres.served() as database,
        mlflow_server.serving(
            Path(name) / "server", mlflow_server.on_postgres(database)
        ) as server,
    ):
        before = dict(os.environ)
        try:
            return campaign(rounds, Path(name), server.url, kills)
        finally:
            os.environ.clear()
            os.environ.update(before)


def lines(rounds: int) -> Iterator[str]:
    """The table."""
    seen = run(rounds)
    yield "# Two runners, one MLflow server on PostgreSQL"
    yield ""
    yield f"Made by `python -m bench.shared.promotions --rounds {rounds}`."
    yield ""
    yield (
        f"2 project folders, {rounds} rounds, both promote at once in each: {2 * rounds} "
        f"promotions in {seen.seconds:.0f} s."
    )
    yield ""
    yield "| seen after a promotion, under the lock | times |"
    yield "|---|---|"
    for what, times in sorted(seen.at_once.items()):
        yield f"| {what} | {times:,} |"
    yield ""
    yield (
        f"A holder is taken for gone after {TIMES.lease:g} s without a beat, and changes nothing "
        f"more after {TIMES.deadline:g} s without one."
    )
    yield ""
    yield "| before a promotion | it took |"
    yield "|---|---|"
    for what, waited in seen.waited.items():
        yield f"| {what} | {waited:.1f} s |"
    yield ""
    yield f"The frozen holder, when it woke up and went on: `{seen.woken}`"
    yield ""
    yield f"Stages after that: {seen.after}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; its exit status."""
    parser: argparse.ArgumentParser = command_line.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=50, metavar="N")
    given = parser.parse_args(arguments)
    if why := mlflow_server.missing():
        parser.error(why)
    command_line.write_lines(lines(given.rounds), given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
