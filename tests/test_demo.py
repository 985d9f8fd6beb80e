"""`make demo` as a person has it: all comes up, one page leads there, Ctrl-C leaves no process."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from tests.running_service import free_port
from tests.whole_project import copy_files, environment

pytestmark = pytest.mark.xdist_group("demo")

UP_S = 400


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone."""
    folder = tmp_path_factory.mktemp("demo")
    copy_files(folder, "service.py", "data/sample")
    return folder


def start(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """The leader of a group, with SIGINT ignored as behind a shell's `&`."""
    return subprocess.Popen(
        [sys.executable, "-m", "ops.demo.command", *options],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )


def of(folder: Path) -> list[psutil.Process]:
    """All processes that work in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_for_page(url: str, process: "subprocess.Popen[str]") -> str:
    until = time.monotonic() + UP_S
    while True:
        try:
            return requests.get(url, timeout=30).text
        except requests.ConnectionError:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.3)


def test_a_port_that_is_taken_is_told_before_anything_runs(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        options = ("--page", str(free_port()), "--service", port)
        process = start(project, *options, "--ui", str(free_port()))
        said, error = process.communicate()
    assert (process.returncode, said) == (5, "")
    assert f"{port} (of service) by process {os.getpid()}" in error
    assert not (project / "dvc.lock").exists() and of(project) == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_all_is_up_on_one_page_and_an_end_leaves_nothing(
    project: Path, ending: signal.Signals
) -> None:
    page, service, ui = free_port(), free_port(), free_port()
    ports = ("--page", str(page), "--service", str(service), "--ui", str(ui))
    process = start(project, *ports)
    try:
        text = wait_for_page(f"http://127.0.0.1:{page}/", process)
        addresses = re.findall('href="([^"]*)"', text)
        assert len(addresses) >= 5
        for address in addresses:
            full = address if address[0] == "h" else f"http://127.0.0.1:{page}{address}"
            assert requests.get(full, timeout=60).status_code == 200, full
        assert requests.get(addresses[0], timeout=60).json()["items"]
        assert "up since" in text  # the runner
        assert len(of(project)) > 3
        os.killpg(process.pid, ending)
        said, error = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, error.count("Traceback")) == (0, 0), error
    assert "the demo is up; open" in said and "all of it ends" in said
    assert of(project) == []
    for port in (page, service, ui):
        socket.create_server(("127.0.0.1", port)).close()
