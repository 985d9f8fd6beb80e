"""The service under load, beside an empty FastAPI route in the same run; and the export.

usage   python -m bench.speed.service [--users 300000] [--items 2244] [--soak 0] [--out FILE]
        [--large 40000] [--large-rate 100]

A second table is of a shop with --large products, at --large-rate requests a second; 0 leaves it
out. All are real processes on this machine, and so is the load generator (bench/speed/load.py): its
own CPU is not counted. CPU a request is that of the server's process over the requests of the
measured minute; resident memory includes the pages of the release that were read. A time counts
from when the request was due; "sent late" is how late the generator came to send it (median and 99
of 100), and what a server that does nothing (bench/speed/nothing.py) takes is the generator's too.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import requests

from bench import command_line
from bench.house.imports import ROOT
from bench.speed import load, machine, made_release
from bench.speed.cost import cost_of

HEAD = (
    "| what | requests a second | CPU ms a request | p50 ms | p99 ms | sent late ms | failed "
    "| resident MB |\n|---|---|---|---|---|---|---|---|"
)
LIBRARIES = ("numpy", "orjson", "uvicorn", "uvloop", "httptools", "fastapi")
SERVICE = (str(ROOT / "service.py"), "--port", "{port}")
TOKEN = "only-for-measuring"  # noqa: S105 - of a service that lives as long as this program
WARM = 500  # requests before anything is measured
FAST = 1000.0  # requests a second of a soak
EXPORT = """\
import os, runpy, sys
sys.path.insert(0, os.getcwd())
os.chdir(sys.argv.pop(1))
runpy.run_module("ops.recommendations.export", run_name="__main__")"""
SAMPLED = 1000  # users whose exported lists are compared
MB = 1 << 20


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: psutil.Process
    port: int
    started_s: float  # from its start to its first answer
    started_cpu: float = 0.0  # seconds that it took of the CPU

    def cpu(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def resident(self) -> int:
        return int(self.process.memory_info().rss) // MB

    def get(self, path: str) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)


@contextmanager
def server(folder: Path, *command: str) -> Iterator[Server]:
    """A program of ours on a free port, until the block ends."""
    port = _free_port()
    begin = time.perf_counter()
    environment = os.environ | {"RECOMMENDER_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
    arguments = [part.format(port=port) for part in command]
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment
    )
    try:
        started = Server(psutil.Process(process.pid), port, 0.0)
        while not _answers(started):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} has ended before it answered")
            time.sleep(0.005)
        began = time.perf_counter() - begin
        yield Server(started.process, port, began, started.cpu())
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _answers(started: Server) -> bool:
    try:
        return started.get("/health").status_code == 200
    except requests.ConnectionError:
        return False


def measured(what: str, server: Server, users: int, count: int, rate: float) -> str:
    """A line of the table."""

    def path(number: int) -> str:
        return f"/recommend/{number * 7919 % users}?k=10"

    load.run(server.port, path, min(WARM, count), rate)
    before = server.cpu()
    found = load.run(server.port, path, count, rate)
    cpu = (server.cpu() - before) / count * 1000
    cells = (
        f"{rate:,.0f}",
        f"{cpu:.3f}",
        f"{found.at(0.5):.2f}",
        f"{found.at(0.99):.2f}",
        f"{found.late_at(0.5):.2f}, {found.late_at(0.99):.2f}",
    )
    return f"| {what} | {' | '.join(cells)} | {found.failed} | {server.resident()} |"


@contextmanager
def reloading(
    server: Server, model_id: str, times: int, every_s: float
) -> Iterator[list[int]]:
    """Reload so many times, the first at once, while the block runs; the codes of all answers."""
    codes: list[int] = []

    def reload() -> None:
        for _ in range(times):
            answer = requests.post(
                f"http://127.0.0.1:{server.port}/reload_model",
                json={"model_id": model_id},
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=60,
            )
            codes.append(answer.status_code)
            time.sleep(every_s)

    thread = threading.Thread(target=reload)
    thread.start()
    yield codes
    thread.join()


def lines(arguments: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The tables, line by line."""
    yield from machine.lines(machine.machine(LIBRARIES))
    yield ""
    yield from ordinary(arguments, folder)
    if arguments.large:
        yield ""
        yield from large(arguments, folder / "large")


def _published(arguments: argparse.Namespace, folder: Path, items: int) -> str:
    """The id of a release of so many products."""
    folder.mkdir(exist_ok=True)
    return made_release.publish(
        folder / "releases", arguments.users, items, arguments.factors
    )


def _begin(arguments: argparse.Namespace, items: int) -> tuple[str, str, str]:
    size = f"{arguments.users:,} users x {items:,} products x {arguments.factors}"
    return f"{size} factors, hybrid score", "", HEAD


def ordinary(arguments: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The table of an ordinary shop, and the export."""
    users, count, rate = arguments.users, arguments.requests, arguments.rate
    model_id = _published(arguments, folder, arguments.items)
    yield from _begin(arguments, arguments.items)
    for what, program in (
        ("a server that does nothing", "nothing.py"),
        ("an empty FastAPI route", "empty_route.py"),
    ):
        with server(folder, str(ROOT / "bench/speed" / program), "{port}") as idle:
            yield measured(what, idle, users, count, rate)
    with server(folder, *SERVICE) as service:
        yield measured("the service", service, users, count, rate)
        with reloading(service, model_id, arguments.reloads, 0.2) as codes:
            what = f"while it is reloaded {arguments.reloads} times"
            yield measured(what, service, users, count, rate)
        yield measured("the service afterwards", service, users, count, rate)
        if arguments.soak:
            pause = arguments.soak / FAST / 250
            with reloading(service, model_id, 200, pause) as more:
                yield measured(
                    "a long run with 200 reloads", service, users, arguments.soak, FAST
                )
            codes += more
        good = sum(code == 200 for code in codes)
        yield from ("", f"{_started(service)}; {good} of {len(codes)} reloads good")
        yield from exported(folder, service, users)


def large(arguments: argparse.Namespace, folder: Path) -> Iterator[str]:
    """The table of a shop with many products: too many to hold how alike all pairs are."""
    _published(arguments, folder, arguments.large)
    yield from _begin(arguments, arguments.large)
    with server(folder, *SERVICE) as service:
        rate = arguments.large_rate
        count = max(1, arguments.requests * rate // arguments.rate)
        yield measured("the service", service, arguments.users, count, rate)
        yield from ("", _started(service))


def _started(service: Server) -> str:
    return f"started in {service.started_s:.2f} s ({service.started_cpu:.2f} s of CPU)"


def exported(folder: Path, service: Server, users: int) -> Iterator[str]:
    """What the export takes, and whether it says what the service says."""
    out = folder / "recs.parquet"
    cost = cost_of("-c", EXPORT, str(folder), "--out", out.name)
    table = pq.read_table(out).to_pydict()
    lists: dict[str, list[tuple[str, float]]] = {}
    cells = zip(table["user_id"], table["product_id"], table["score"], strict=True)
    for user, product, score in cells:
        lists.setdefault(user, []).append((product, score))
    sample = [str(user) for user in range(0, users, max(1, users // SAMPLED))]
    same = sum(_served(service, user) == lists[user] for user in sample)
    yield (
        f"export of {users:,} users x 10: {cost.wall:.1f} s, {cost.cpu:.1f} s of CPU, "
        f"{cost.peak:,} MB; {same} of {len(sample)} sampled lists are those of the service"
    )


def _served(service: Server, user: str) -> list[tuple[str, float]]:
    items = service.get(f"/recommend/{user}?k=10").json()["items"]
    return [(item["product_id"], item["score"]) for item in items]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = command_line.parser(__doc__)
    for name, default in (
        *(("users", 300_000), ("items", 2244), ("factors", 128)),
        *(("requests", 30_000), ("rate", 500), ("reloads", 50), ("soak", 0)),
        *(("large", 40_000), ("large-rate", 100)),
    ):
        made.add_argument(f"--{name}", type=int, default=default)
    return made


def main() -> None:
    arguments = parser().parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command_line.write_lines(lines(arguments, Path(folder)), arguments.out)


if __name__ == "__main__":
    main()
