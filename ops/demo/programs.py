"""Programs that stay up together: started, awaited, and ended with all that they have started."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.processes import Child, end_processes, marked
from recsys.program.errors import InstanceError, ServiceError

MARK = "SHOP_DEMO_ID"  # in the environment of all of them
HOST = "127.0.0.1"
UP_S = 180.0  # MLflow's UI may take long on a busy machine
POLL_S = 0.2
TAIL = 400  # bytes of a log that are told
Stopping = Callable[[], bool]


@dataclass(frozen=True)
class Program:
    """What is started, and how one sees that it is up."""

    name: str
    arguments: tuple[str, ...]  # of this Python
    is_up: Callable[[], bool]


class Programs:
    """Those that were started; `folder` has a log of each."""

    def __init__(self, root: Path, folder: Path, token: str) -> None:
        self.root, self.folder, self.token = root, folder, token
        self.children: dict[str, Child] = {}

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start(self, program: Program) -> None:
        """Start it in a session of its own: Ctrl-C on this terminal reaches it through us only."""
        mark = mark_of(self.token, program.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log(program.name).open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *program.arguments],
                cwd=self.root,
                env=os.environ | dict([mark]),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(process, float("inf"), time.monotonic(), mark)
        self.children[program.name] = child

    def check(self) -> None:
        """ServiceError if one has ended by itself, with the end of what it said."""
        for name, child in self.children.items():
            if (code := child.process.poll()) is not None:
                log = self.log(name)
                said = log.read_bytes()[-TAIL:].decode("utf-8", "replace").split("\n")
                last = next((line for line in reversed(said) if line.strip()), "")
                raise ServiceError(
                    f"{name} has ended (exit {code}): {last.removeprefix('error: ')}; see {log}"
                )

    def wait_until_up(self, program: Program, stopping: Stopping) -> None:
        """Until it is up, or somebody asks to stop. ServiceError if it does not come up."""
        end = time.monotonic() + UP_S
        while not stopping() and not program.is_up():
            self.check()
            if time.monotonic() > end:
                log = self.log(program.name)
                raise ServiceError(
                    f"{program.name} is not up after {UP_S:g} s; see {log}"
                )
            time.sleep(POLL_S)

    def end(self) -> None:
        """Ask all of them to end, and wait; who does not end is killed."""
        for child in self.children.values():
            child.end("stopped", time.monotonic())
        left = list(self.children.values())
        while left:
            left = [one for one in left if one.step(time.monotonic()) is None]
            if left:
                time.sleep(POLL_S)
        self.children.clear()


def mark_of(token: str, name: str) -> tuple[str, str]:
    """The variable of a program of the demo `token`, and its value."""
    return MARK, f"{token}-{name}"


def end_left(token: str, names: Sequence[str]) -> int:
    """End what a killed demo has left; how many processes it was."""
    left = [one for name in names for one in marked(*mark_of(token, name))]
    end_processes(left)
    return len(left)


def check_ports(ports: dict[str, int]) -> None:
    """InstanceError with all ports that are taken, by whom, and how to take others."""
    taken = {name: port for name, port in ports.items() if listener(port) is not None}
    if len(set(ports.values())) < len(ports):
        raise InstanceError(f"two of the ports are one: {ports}; give each its own")
    if not taken:
        return
    told = ", ".join(
        f"{port} (of {name}) by {listener(port)}" for name, port in taken.items()
    )
    options = " ".join(f"--{name} {port + 100}" for name, port in taken.items())
    raise InstanceError(
        f"ports are taken: {told}; stop that, or take others: make demo ARGS='{options}'"
    )


def answers(port: int) -> bool:
    """Whether a server takes connections there."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def listener(port: int) -> str | None:
    """Who listens there, in words; None if nobody does."""
    try:
        with socket.create_server((HOST, port)):
            return None
    except OSError:
        return _process_at(port) or "another program"


def _process_at(port: int) -> str:
    import psutil

    try:
        for one in psutil.net_connections("tcp"):
            at = one.laddr.port if one.laddr else None
            if at == port and one.status == psutil.CONN_LISTEN and one.pid:
                return f"process {one.pid} ({psutil.Process(one.pid).name()})"
    except psutil.Error:  # it is another user's, or has just ended
        pass
    return ""
