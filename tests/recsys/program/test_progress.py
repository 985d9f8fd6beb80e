"""A bar is for a person at a terminal, and for nobody else."""

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from bench.house.imports import ROOT
from recsys.program.progress import bar

SCRIPT = """
from recsys.program.progress import bar
with bar("ALS", 4, 1) as progress:
    for _ in range(3):
        progress.update()
        progress.refresh()
print("done")
"""


def on_a_terminal() -> str:
    """What a person sees who runs the script in a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        try:
            while piece := os.read(master, 4096):
                shown += piece
        except OSError:  # how Linux says that the other end is closed
            pass
        assert process.wait() == 0
    os.close(master)
    return shown.decode()


def left_on_screen(shown: str) -> list[str]:
    """What stands on the lines in the end: a return writes over what was there."""
    lines = []
    for line in shown.split("\r\n"):
        cells = ""
        for piece in line.split("\r"):
            cells = piece + cells[len(piece) :]
        lines.append(cells.rstrip())
    return [line for line in lines if line]


def test_a_pipe_gets_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_terminal_gets_a_bar_that_begins_where_the_fit_goes_on_and_leaves_no_trace() -> (
    None
):
    shown = on_a_terminal()
    for count in ("1/4", "2/4", "3/4", "4/4"):
        assert count in shown
    assert "0/4" not in shown
    assert "ALS" in shown
    assert left_on_screen(shown) == ["done"]


@pytest.mark.parametrize(
    "stream", [io.StringIO, lambda: io.TextIOWrapper(io.BytesIO())]
)
def test_a_stream_that_is_no_terminal_gets_nothing(
    stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", stream())
    with bar("x", 2) as progress:
        progress.update()
    sys.stdout.flush()
    sys.stdout.seek(0)
    assert sys.stdout.read() == ""
