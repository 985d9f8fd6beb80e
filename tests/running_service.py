"""The real service in a process of its own, and requests to it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench.house.imports import ROOT
from recsys.serving import pointer
from recsys.serving.recommender import Recommender
from tests.recsys.serving import worlds

TOKEN = "a-token-of-the-tests"  # noqa: S105 - of tests only


@dataclass(frozen=True)
class Running:
    """A service that answers."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def get(self, path: str, **named: Any) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=20, **named)

    def post(self, path: str, body: Any, **named: Any) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, timeout=20, **named)

    def reload(self, model_id: str | None, token: str = TOKEN) -> requests.Response:
        body = {"model_id": model_id} if model_id else {}
        headers = {"Authorization": f"Bearer {token}"}
        return self.post("/reload_model", body, headers=headers)

    def wait_for(self, path: str, key: str, value: object) -> None:
        """Until a JSON answer has this value."""
        end = time.monotonic() + 20
        while (found := self.get(path).json().get(key)) != value:
            assert time.monotonic() < end, (key, found)
            time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def command(folder: Path, port: int, *more: str) -> list[str]:
    places = ["--releases", str(folder / "releases"), "--state", str(folder / "state")]
    program = str(ROOT / "service.py")
    return [sys.executable, program, "--port", str(port), *places, *more]


@contextmanager
def running(folder: Path, *more: str) -> Iterator[Running]:
    """The service of the releases under `folder`, from its first answer on."""
    port, log = free_port(), folder / "service.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(folder, port, *more),
            cwd=ROOT,
            env=os.environ | {"RECOMMENDER_TOKEN": TOKEN},
            stdout=out,
            stderr=out,
        )
    service = Running(process, f"http://127.0.0.1:{port}", log)
    try:
        _wait_until_it_answers(service)
        yield service
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_answers(service: Running) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            service.get("/health")
            return
        except requests.ConnectionError:
            assert time.monotonic() < end, service.log.read_text()
            assert service.process.poll() is None, service.log.read_text()
            time.sleep(0.05)


Served = tuple[Path, Recommender, str]


def served_shop(folder: Path) -> Served:
    """A folder with two releases, the recommender of the first, and the id of the second."""
    other = worlds.publish(folder, popularity=9.0)
    first = worlds.recommender(folder)
    pointer.switch(folder / "releases", first.model_id)
    return folder, first, other
