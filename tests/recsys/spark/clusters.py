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


def _said_in_time(folder: Path, name: str, pattern: str) -> "re.Match[str]":
    """What a program has said, when it has."""
    log = folder / f"{name}.log"
    wait_for(lambda: re.search(pattern, log.read_text()), START_S)
    found = re.search(pattern, log.read_text())
    assert found
    return found


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster of so many workers of one core each."""
    folder.mkdir(parents=True, exist_ok=True)
    here = ("--host", "127.0.0.1", "--webui-port", "0")
    begun = [_start(folder, "master", MASTER, *here, "--port", "0")]
    try:
        found = _said_in_time(folder, "master", r"Starting Spark master at (\S+)")
        cluster = Cluster(found[1])
        more = (*here, "--cores", "1", "--memory", "1g", "--work-dir", str(folder))
        for number in range(workers):
            one = _start(folder, f"worker{number}", WORKER, *more, found[1])
            begun.append(one)
            cluster.workers.append(one)
        for number in range(workers):
            _said_in_time(folder, f"worker{number}", "Successfully registered")
        yield cluster
    finally:
        for one in reversed(begun):
            if one.poll() is None:
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
