"""`make ui` prints the address that opens the UI on the models, and runs it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from bench.house.imports import ROOT
from bench.shared.mlflow_server import Running
from tests.worlds import copy_store


def start(folder: Path, port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ops.ui", "--port", str(port)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def test_without_models_it_says_what_to_run(tmp_path: Path) -> None:
    process = start(tmp_path, free_port())
    said, error = process.communicate()
    assert (process.returncode, said) == (6, "")
    assert error == "error: mlruns: no models yet; run `make repro` first\n"


def test_it_opens_where_models_are_trained(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy_store(tmp_path_factory, tmp_path)
    port = free_port()
    process = start(tmp_path, port)
    try:
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        assert address.startswith(f"http://127.0.0.1:{port}/#/experiments/")
        assert address.endswith("workflowType=machine_learning&viewStateShareKey=shop")
        assert answer(f"http://127.0.0.1:{port}/health") == 200
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def answer(url: str) -> int:
    """The status, as soon as there is a server."""
    end = time.monotonic() + 120
    while True:
        try:
            return requests.get(url, timeout=10).status_code
        except requests.ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.2)


def test_of_a_shared_store_it_prints_the_servers_address(
    shared_store: Running, tmp_path: Path
) -> None:
    process = start(tmp_path, free_port())
    said, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    assert said.splitlines() == [
        f"open  {shared_store.url}",
        "the store is shared: its server shows the UI, nothing is started here",
    ]
