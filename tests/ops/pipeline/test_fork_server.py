"""The server loads while nobody asks for anything else, and a copy gets what it has loaded."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import forks
from ops.pipeline.copies import FORKED
from ops.pipeline.fork_server import ANSWER, NO_PID, Copy, Server, become

pytestmark = pytest.mark.skipif(not forks.is_possible(), reason="no forks here")

NOTES = "import pathlib\nwith open('notes', 'a') as n:\n    n.write(__name__ + '\\n')\n"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Modules that note when they are imported; what they leave in this process is taken out."""
    for name in ("first_one", "second_one", "third_one"):
        (tmp_path / f"{name}.py").write_text(NOTES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with_us, with_server = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    yield with_us, with_server
    with_us.close()
    with_server.close()


def ask(socket_: socket.socket, run: str, waits: bool = False) -> int:
    """Ask for a run; where the answers come."""
    asked = {
        "run": run,
        "arguments": [],
        "environment": {},
        "folder": ".",
        "waits": waits,
    }
    pipes = [os.pipe() for _ in range(4)]
    theirs = [pipes[0][0], *(writes for _, writes in pipes[1:])]
    socket.send_fds(socket_, [json.dumps(asked).encode()], theirs)
    for handle in (*theirs, pipes[0][1], pipes[1][0], pipes[2][0]):
        os.close(handle)
    return pipes[3][0]


def number(told: int) -> int:
    return int(ANSWER.unpack(os.read(told, ANSWER.size))[0])


Pair = tuple[socket.socket, socket.socket]


def test_it_loads_in_the_order_in_which_it_is_asked_to(house: Path, pair: Pair) -> None:
    ours, theirs = pair
    for name in ("second_one", "first_one", "second_one"):
        ours.send(json.dumps({"load": name}).encode())
    server = Server(theirs, 0.0)
    told = ask(ours, "second_one")
    ours.shutdown(socket.SHUT_WR)
    assert server.serve() is None
    assert number(told) == NO_PID  # it was changed since 1970
    os.close(told)
    assert (house / "notes").read_text().split() == [
        "second_one"
    ]  # the rest: nobody asks


@pytest.mark.parametrize("waits", [True, False])
def test_what_it_shares_with_the_others_is_loaded_before_one_that_waits(
    house: Path, pair: Pair, waits: bool
) -> None:
    """One that is to run at once is not held up."""
    ours, theirs = pair
    for name in ("first_one", "second_one"):
        ours.send(json.dumps({"load": name}).encode())
    told = ask(ours, "third_one", waits)
    ours.shutdown(socket.SHUT_WR)
    Server(theirs, 0.0).serve()
    os.close(told)
    order = ["first_one", "second_one", "third_one"]
    assert (house / "notes").read_text().split() == (order if waits else order[2:])


def test_it_loads_while_nobody_asks(
    house: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pair
    for name in ("first_one", "second_one", "last_one"):
        ours.send(json.dumps({"load": name}).encode())
    (house / "last_one.py").write_text("import os, sys\nos.close(int(sys.argv[1]))\n")
    monkeypatch.setattr(sys, "argv", ["x", str(ours.detach())])
    server = Server(theirs, 0.0)
    assert server.serve() is None
    assert (house / "notes").read_text().split() == ["first_one", "second_one"]
    assert server.loaded == {"first_one": True, "second_one": True, "last_one": True}


def test_without_room_for_another_process_none_is_begun(
    house: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    ours, theirs = pair
    told = [ask(ours, name) for name in ("first_one", "second_one")]
    ours.shutdown(socket.SHUT_WR)
    assert Server(theirs, float("inf")).serve() is None
    assert [number(one) for one in told] == [NO_PID, NO_PID]
    for one in told:
        os.close(one)


def test_a_copy_is_the_main_module(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["x"])
    monkeypatch.setattr(sys, "orig_argv", ["python", "x"])
    (house / "last_one.py").write_text("import sys\nprint(__name__, sys.argv[1:])\n")
    __import__("last_one")
    capsys.readouterr()
    become(Copy("last_one", ["a", "b"]))
    assert capsys.readouterr().out == "__main__ ['a', 'b']\n"
    assert sys.orig_argv == ["python", "-m", "last_one", "a", "b"]


LOOKS = """\
import importlib, json, os, sys, threading
from pathlib import Path
from recsys.program import waiting
for name in sys.argv[1:]:
    getattr(importlib.import_module(name), "load_ahead", tuple)()
opened = [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.exists()]
print(json.dumps({
    "python": len(threading.enumerate()),
    "system": [one.read_text().strip() for one in Path("/proc/self/task").glob("*/comm")],
    "heavy": sorted({"torch", "transformers"} & set(sys.modules)),
    "opened": [one for one in opened if one.startswith("/") and "/dev/" not in one],
}))
"""
# of the allocator in polars and pyarrow, which knows forks; of what polars keeps on disk, which
# only its streaming engine does
QUIET = {"jemalloc_bg_thd", "polars-ooc-clea"}


def test_a_process_that_has_loaded_all_stages_may_be_copied() -> None:
    """It has no thread that a copy would lack: no pool of polars, numba, BLAS or pyarrow."""
    done = subprocess.run(
        [sys.executable, "-c", LOOKS, *sorted(FORKED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    threads = [name for name in found.pop("system") if name not in QUIET]
    own = [name for name in threads if name.startswith("python")]
    assert threads == own and len(own) <= 2  # pyarrow has one that only takes signals
    assert found == {"python": 1, "heavy": [], "opened": []}
