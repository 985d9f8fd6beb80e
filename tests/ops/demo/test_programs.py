"""Programs that stay up together, and leave no process behind."""

import socket
import sys
import time
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.demo import programs
from ops.demo.programs import Program, Programs, check_ports, end_left, mark_of
from ops.processes import marked
from recsys.program.errors import InstanceError, ServiceError
from tests.running_service import free_port
from tests.worlds import complains

# a server, with a child in a session of its own that hears no SIGTERM
SERVER = """\
import socket, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    time.sleep(600)
"""


def never() -> bool:
    return False


def server(port: int) -> Program:
    return Program("server", ("-c", SERVER, str(port)), lambda: programs.answers(port))


@pytest.fixture
def started(tmp_path: Path) -> Programs:
    return Programs(ROOT, tmp_path / "demo", "token")


def test_they_are_ended_with_all_that_they_have_started(
    started: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.processes.GRACE_S", 1.0)
    port = free_port()
    program = server(port)
    started.start(program)
    started.wait_until_up(program, never)
    started.check()
    until = time.monotonic() + 20
    while len(marked(*mark_of("token", "server"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    started.end()
    assert marked(*mark_of("token", "server")) == []
    assert not programs.answers(port)


def test_what_a_killed_demo_has_left_is_ended_by_the_next(started: Programs) -> None:
    port = free_port()
    started.start(server(port))
    started.wait_until_up(server(port), never)
    assert end_left("another", ["server"]) == 0
    assert end_left("token", ["server"]) >= 1
    assert marked(*mark_of("token", "server")) == []
    started.children["server"].process.wait()


def test_one_that_ends_is_told_with_its_last_words(started: Programs) -> None:
    code = "import sys; print('error: no room'); sys.exit(8)"
    program = Program("ui", ("-c", code), never)
    started.start(program)
    with complains(ServiceError, "ui has ended (exit 8): no room; see", "ui.log"):
        started.wait_until_up(program, never)
    started.end()


def test_nobody_waits_for_what_is_not_wanted_any_more(started: Programs) -> None:
    started.wait_until_up(Program("ui", (), never), lambda: True)


def test_one_that_does_not_come_up_is_told(
    started: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "UP_S", 0.3)
    program = Program("ui", ("-c", "import time; time.sleep(600)"), never)
    started.start(program)
    with complains(ServiceError, "ui is not up after 0.3 s"):
        started.wait_until_up(program, never)
    started.end()


def test_ports_that_are_taken_are_told_at_once_with_who_has_them() -> None:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
        with complains(
            InstanceError,
            f"{port} (of ui) by process ",
            Path(sys.executable).resolve().name[:6],
            f"make demo ARGS='--ui {port + 100}'",
        ):
            check_ports({"page": free_port(), "ui": port})


def test_free_ports_are_no_error_and_one_for_two_is() -> None:
    port = free_port()
    check_ports({"page": port})
    with complains(InstanceError, "two of the ports are one"):
        check_ports({"page": port, "ui": port})
