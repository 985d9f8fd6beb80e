"""A stage that is a copy of a process which has loaded is what `python -m` would run."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.house.imports import ROOT
from ops.pipeline import forks
from ops.pipeline.forks import Fork, ForkServer
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(not forks.is_possible(), reason="no forks here")

TELLS = """\
import json, os, signal, sys
IMPORTED_BY = os.getpid()

if __name__ == "__main__":
    here = {
        "argv": sys.argv, "orig_argv": sys.orig_argv[1:], "name": __name__,
        "spec": __spec__.name, "main": sys.modules["__main__"].__file__, "path": sys.path,
        "environment": {**os.environ}, "folder": os.getcwd(), "stdin": sys.stdin.read(),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "handles": sorted(map(int, os.listdir("/proc/self/fd")))[:-1],
        "letters": sys.stdout.encoding, "errors": [sys.stdout.errors, sys.stderr.errors],
    }
    print(json.dumps(here))
    print("an error", file=sys.stderr)
    sys.exit(3)
"""
# what cannot be the same, what only a shell adds, and what has a test of its own
OTHER = {"environment", "handles", "interrupt"}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a package `stages`."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").touch()
    return tmp_path


@pytest.fixture
def server(house: Path) -> Iterator[ForkServer]:
    """Of a house with the stages a and b, which are older."""
    for name, text in (("a", TELLS), ("b", "import os\nBY = os.getpid()\n")):
        if not (house / f"stages/{name}.py").exists():
            (house / f"stages/{name}.py").write_text(text)
    time.sleep(0.02)  # later by the clock of the file system
    one = ForkServer(house, os.environ)
    yield one
    one.close()


Run = Callable[..., Fork]


@pytest.fixture
def run(house: Path) -> Iterator[Run]:
    """Begin a stage of this text, by a server of its own if it is another one."""
    begun, servers = [], []

    def begin(
        text: str = TELLS, command: str = "python -m stages.a", **given: Any
    ) -> Fork:
        path = house / "stages/a.py"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            (house / "stages/b.py").write_text("import os\nBY = os.getpid()\n")
            time.sleep(0.02)
            servers.append(ForkServer(house, os.environ))
        waits = given.pop("waits", False)
        given = {"cwd": None, "env": dict(os.environ), **given}
        fork = servers[-1].begin(command, given, waits)
        assert fork is not None
        begin.server = servers[-1]
        begun.append(fork)
        return fork

    yield begin
    for one in begun:
        for pipe in (one.stdin, one.stdout, one.stderr):
            pipe.close()
    for server in servers:
        server.close()


def is_zombie(pid: int) -> bool:
    """Whether it is over, and only nobody has asked for its exit code."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def said(fork: Fork) -> tuple[str, str, int]:
    """What it has printed, and its exit code."""
    return fork.stdout.read().decode(), fork.stderr.read().decode(), fork.wait()


def test_it_is_as_a_program_of_its_own(run: Run, house: Path) -> None:
    fork = run(command="python -m stages.a one two=2")
    out, err, code = said(fork)
    alone = subprocess.run(
        ["python", "-m", "stages.a", "one", "two=2"],
        cwd=house,
        input="",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (err, code) == (alone.stderr, alone.returncode) == ("an error\n", 3)
    mine, other = json.loads(out), json.loads(alone.stdout)
    for each in (mine, other):
        for name in OTHER:
            each.pop(name)
    assert mine == other
    assert mine["argv"][1:] == ["one", "two=2"]


def test_it_gets_the_environment_that_is_given(run: Run, house: Path) -> None:
    given = {**os.environ, "DVC_STAGE": "a"}
    out, _, _ = said(run(env=given, cwd=house))
    told = json.loads(out)
    assert told["environment"] == given
    assert told["folder"] == str(house)


@pytest.mark.parametrize("ignored", [True, False])
def test_it_ignores_ctrl_c_if_what_began_all_does(
    run: Run, ignored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "IGNORES_INTERRUPT", ignored)
    assert json.loads(said(run())[0])["interrupt"] is not ignored


def test_in_another_folder_it_is_not_begun(house: Path, server: ForkServer) -> None:
    """Another module has that name there."""
    (house / "elsewhere").mkdir()
    given = {"cwd": house / "elsewhere", "env": dict(os.environ)}
    assert server.begin("python -m stages.a", given) is None


def test_it_holds_nothing_of_the_server(run: Run) -> None:
    """Nor the pipes of the one that runs beside it: their end would not be seen."""
    other = run(waits=True)
    out, _, _ = said(run())
    assert json.loads(out)["handles"] == [0, 1, 2]
    assert other.poll() is None


def test_a_module_is_imported_once(run: Run) -> None:
    """By the server; what the copy runs is the module as the main one."""
    text = "import os, stages.b\nif __name__ == '__main__':\n    print(stages.b.BY)\n"
    for _ in range(2):
        fork = run(text)
        by = run.server.process.pid
        assert said(fork) == (f"{by}\n", "", 0)
        assert fork.pid != by


def test_one_that_is_ended_by_a_signal(run: Run) -> None:
    fork = run("import time\nif __name__ == '__main__':\n    time.sleep(99)\n")
    assert fork.poll() is None
    os.kill(fork.pid, signal.SIGTERM)
    assert fork.wait() == fork.poll() == -signal.SIGTERM


def test_it_has_the_name_of_the_stage(run: Run) -> None:
    fork = run("if __name__ == '__main__':\n    input()\n", waits=True)
    wait_for(lambda: Path(f"/proc/{fork.pid}/comm").read_text() == "a\n")


def test_a_bug_shows_its_traceback(run: Run) -> None:
    out, err, code = said(run("if __name__ == '__main__':\n    1 / 0\n"))
    assert (out, code) == ("", 1)
    assert err.endswith("ZeroDivisionError: division by zero\n")


def test_one_that_waits_loads_and_begins_when_it_is_told(run: Run, house: Path) -> None:
    text = (
        "import pathlib\ndef load_ahead():\n    pathlib.Path('loaded').touch()\n"
        "if __name__ == '__main__':\n    print('runs')\n"
    )
    fork = run(text, waits=True)
    wait_for((house / "loaded").exists)
    assert fork.poll() is None
    fork.stdin.write(b"go\n")
    assert said(fork) == ("runs\n", "", 0)


def test_one_that_waits_ends_with_whom_it_waits_for(run: Run) -> None:
    fork = run("if __name__ == '__main__':\n    print('runs')\n", waits=True)
    fork.stdin.close()
    assert said(fork)[0] == "" and fork.wait() != 0


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize("waits", [False, True])
def test_what_was_changed_since_is_not_run_as_it_was(
    run: Run, house: Path, waits: bool, is_old: bool
) -> None:
    """Whatever its date says: `cp -p` and `tar x` keep that."""
    text = "if __name__ == '__main__':\n    print('{}')\n"
    fork = run(text.format("first"), waits=waits)
    if not waits:
        assert said(fork)[0] == "first\n"
    (house / "stages/a.py").write_text(text.format("second"))
    if is_old:
        os.utime(house / "stages/a.py", (1_000_000_000, 1_000_000_000))
    given = {"cwd": None, "env": dict(os.environ)}
    assert run.server.begin("python -m stages.a", given) is None
    if waits:
        fork.stdin.write(b"go\n")
        assert said(fork)[0] == "second\n"


@pytest.mark.parametrize("text", ["import nothing_like_it", "1 +", "raise SystemExit"])
def test_one_that_cannot_be_imported_is_not_begun(
    house: Path, server: ForkServer, text: str
) -> None:
    (house / "stages/a.py").write_text(text)
    given = {"cwd": None, "env": dict(os.environ)}
    server.load("python -m stages.a")
    assert server.begin("python -m stages.a", given) is None
    assert server.process.poll() is None


def test_without_its_server_none_is_begun_and_one_that_ran_has_failed(
    run: Run,
) -> None:
    fork = run("import time\nif __name__ == '__main__':\n    time.sleep(99)\n")
    server = run.server
    server.process.kill()
    server.process.wait()
    assert fork.wait() == forks.GONE
    wait_for(lambda: not psutil.pid_exists(fork.pid) or is_zombie(fork.pid))
    server.load("python -m stages.a")
    given = {"cwd": None, "env": dict(os.environ)}
    assert server.begin("python -m stages.a", given) is None


def test_half_a_line_is_out_before_it_is_killed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a Python that does not keep back what is printed, which repro asks for."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    text = (
        "import os, sys\nif __name__ == '__main__':\n    sys.stdout.write('half')\n"
        "    os.write(1, b'|')\n    sys.stdout.write('other')\n    os.kill(os.getpid(), 9)"
    )
    assert said(run(text)) == ("half|other", "", -signal.SIGKILL)


def test_what_cannot_be_loaded_ahead_is_no_matter_where_it_is_not_needed(
    run: Run,
) -> None:
    text = (
        "def load_ahead():\n    1 / 0\nif __name__ == '__main__':\n    print('runs')\n"
    )
    fork = run(text, waits=True)
    fork.stdin.write(b"go\n")
    assert said(fork) == ("runs\n", "", 0)


def test_one_whose_environment_lacks_something_is_not_begun(
    house: Path, server: ForkServer
) -> None:
    (house / "stages/a.py").touch()
    given = {name: value for name, value in os.environ.items() if name != "PATH"}
    assert server.begin("python -m stages.a", {"cwd": None, "env": given}) is None


@pytest.mark.parametrize(
    ("command", "module"),
    [
        ("python -m stages.a b=1 c/d", "stages.a"),
        ("python stages/a.py", ""),
        ("python -m stages.a > log", ""),
        ("python -m stages.a && true", ""),
        ("python -m stages.a $HOME", ""),
        ("python -m stages.a 'b c'", ""),
        (["python -m stages.a"], ""),
        ("python -m stages.a 1\npython -m stages.a 2", ""),
    ],
)
def test_only_a_plain_module_is_begun(command: object, module: str) -> None:
    assert forks.plain_module(command) == module
