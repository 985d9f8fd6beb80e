"""Other processes that use the registry."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.house.imports import ROOT

OPEN = """
import sys, pathlib
from recsys.registry import store
store.client(pathlib.Path(sys.argv[1]))
"""

# Each process is a fork of this one, which has imported MLflow once: that takes 2 s.
SERVER = """
import json, os, sys
import mlflow.store.tracking.sqlalchemy_store, mlflow.store.model_registry.sqlalchemy_store
sys.path[0] = os.getcwd()

def run(script, *arguments):
    child = os.fork()
    if child == 0:
        sys.argv[1:] = arguments
        exec(script, {"__name__": "__main__"})
        sys.exit()
    return child

def wait(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

for line in sys.stdin:
    order, *arguments = json.loads(line)
    answer = {"run": run, "wait": wait}[order](*arguments)
    print(json.dumps(answer), flush=True)
"""


def spawn(script: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """A Python process that runs `script` with these arguments, in the project's folder."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, **options)


class Forks:
    """The server, seen from the tests."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, order: str, *arguments: object) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([order, *arguments]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def spawn(self, script: str, *arguments: object) -> "Fork":
        """A process with MLflow imported that runs `script` with these arguments."""
        return Fork(self, self.ask("run", script, *map(str, arguments)))


@dataclass(frozen=True)
class Fork:
    """A child of the server."""

    server: Forks
    pid: int

    def wait(self) -> int:
        """Its exit code, or minus the signal that ended it; once."""
        return int(self.server.ask("wait", self.pid))


@contextmanager
def serve() -> Iterator[Forks]:
    """Start the server, and end it."""
    with spawn(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Forks(process)
        assert process.stdin
        process.stdin.close()
