"""A standalone Spark on loopback: a master and its workers, real processes."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.waiting import wait_for

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
START_S = 180.0  # on a busy machine


@dataclass
class Cluster:
    """Where its master is, and its workers."""

    address: str
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def kill(self, number: int) -> None:
        """A worker, with the executor that it has begun."""
        process = psutil.Process(self.workers[number].pid)
        for one in [*process.children(recursive=True), process]:
            one.kill()

    def executors(self, number: int) -> list[psutil.Process]:
        """The programs of a worker."""
        return psutil.Process(self.workers[number].pid).children(recursive=True)


def _start(folder: Path, name: str, *words: str) -> "subprocess.Popen[bytes]":
    import pyspark

    home = Path(str(pyspark.__file__)).parent
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [str(home / "bin/spark-class"), *words],
            env=os.environ | {"SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1"},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _said(folder: Path, name: str, pattern: str) -> "re.Match[str] | None":
    return re.search(pattern, (folder / f"{name}.log").read_text())


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster of so many workers of one core each."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = [
        _start(
            folder,
            "master",
            *(MASTER, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"),
        )
    ]
    try:
        wait_for(
            lambda: _said(folder, "master", r"Starting Spark master at (\S+)"),
            START_S,
        )
        found = _said(folder, "master", r"Starting Spark master at (\S+)")
        assert found
        cluster = Cluster(found[1])
        for number in range(workers):
            name = f"worker{number}"
            more = ("--host", "127.0.0.1", "--cores", "1", "--memory", "1g")
            one = _start(
                folder,
                name,
                *(WORKER, *more, "--webui-port", "0", "--work-dir", str(folder)),
                found[1],
            )
            begun.append(one)
            cluster.workers.append(one)
        for number in range(workers):
            wait_for(
                lambda number=number: _said(
                    folder, f"worker{number}", "Successfully registered"
                ),
                START_S,
            )
        yield cluster
    finally:
        for one in reversed(begun):
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
