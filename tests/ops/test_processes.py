"""Child processes: what is done with one and when, and how its end is told."""

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from ops import processes
from ops.processes import Child

IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


def started(code: str, **environment: str) -> subprocess.Popen[bytes]:
    """A child in a group of its own that has printed its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | environment,
    )
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    return process


@pytest.mark.parametrize(
    ("exited", "group", "ending", "at", "move"),
    [
        (False, True, False, 9.9, "wait"),  # within its time
        (False, True, False, 10.0, "term"),  # over its time
        (True, False, False, 1.0, "done"),
        (True, True, False, 1.0, "term"),  # gone before its own children
        (False, True, True, 19.9, "wait"),  # in the grace
        (False, True, True, 20.0, "kill"),
        (True, True, True, 20.0, "kill"),  # the leader went, a child of it did not
        (True, True, True, 22.0, "done"),  # what is left is dead and nobody reaps it
        (True, False, True, 10.1, "done"),
    ],
)
def test_next_move(
    exited: bool, group: bool, ending: bool, at: float, move: str
) -> None:
    assert (
        processes.next_move(exited, group, ending, at, deadline=10.0, kill_at=20.0)
        == move
    )


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (0, None, ("ok", 0)),
        (3, None, ("failed", 3)),
        (-9, None, ("failed", 137)),
        (-15, "timeout", ("timeout", 143)),
        (0, "stopped", ("stopped", 0)),
    ],
)
def test_how_a_child_ended(
    code: int, reason: str | None, expected: tuple[str, int]
) -> None:
    assert processes.how_ended(code, reason) == expected


def test_run_here_passes_output_and_exit_code(
    capfd: pytest.CaptureFixture[str],
) -> None:
    refuses = "import sys; print('no', file=sys.stderr); sys.exit(3)"
    assert processes.run_here([sys.executable, "-c", refuses]) == 3
    assert capfd.readouterr().err == "no\n"


def test_a_child_over_its_time_that_ignores_sigterm_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "GRACE_S", 0.2)
    child = Child(started(IGNORES_SIGTERM), 0.0, time.monotonic())
    ended = processes.watch(child, lambda: False, lambda: None)
    assert ended == ("timeout", 128 + signal.SIGKILL)


def test_an_operator_who_asks_ends_a_child_as_stopped() -> None:
    child = Child(started("import time; print(1, flush=True); time.sleep(60)"), 60, 0.0)
    child.deadline = time.monotonic() + 60
    ended = processes.watch(child, lambda: True, lambda: None)
    assert ended == ("stopped", 128 + signal.SIGTERM)


def test_a_signal_is_noted_and_former_handlers_come_back() -> None:
    former = signal.getsignal(signal.SIGTERM)
    with processes.stop_signals() as stopping:
        assert not stopping()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping()
    assert signal.getsignal(signal.SIGTERM) == former


def test_marked_processes_are_found_by_their_environment_and_ended() -> None:
    process = started(
        "import time; print(1, flush=True); time.sleep(60)", SHOP_TEST_MARK="a-b-c"
    )
    found = processes.marked("SHOP_TEST_MARK", "a-b-c")
    assert [each.pid for each in found] == [process.pid]
    assert processes.marked("SHOP_TEST_MARK", "other") == []
    processes.end_processes(found, grace_s=5)
    process.wait(timeout=5)
    assert processes.marked("SHOP_TEST_MARK", "a-b-c") == []


def test_a_command_is_shown_as_one_would_type_it() -> None:
    command = ["/usr/bin/python3", "-m", "ops.pipeline.repro", "a b"]
    assert processes.shown(command) == "python3 -m ops.pipeline.repro 'a b'"


def test_a_group_that_is_gone_gets_no_signal() -> None:
    process = started("print(1)")
    process.wait()
    assert processes.signal_group(process.pid, 0) is False


def test_a_program_with_many_open_files_waits_as_any_other() -> None:
    """`select.select` knows no handle above 1023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip(f"a process may open {hard} files here")
    with ExitStack() as files:
        files.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
        for _ in range(1100):
            files.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        child = Child(
            started("import time; print(1, flush=True); time.sleep(0.5)"), 60, 0.0
        )
        child.deadline = time.monotonic() + 60
        assert processes.watch(child, lambda: False, lambda: None).code == 0
