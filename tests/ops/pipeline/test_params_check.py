"""params.yaml is checked by a copy of the process that the stages are copies of, too, or alone."""

import os
import subprocess
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import beside, forks, params_check
from ops.pipeline.child import Child

CHECK = """\
import os, pathlib, sys
with open("imported", "a") as notes:
    notes.write(f"{os.getpid()}\\n")
if __name__ == "__main__":
    code = int(pathlib.Path("params.yaml").read_text())
    print("checked", flush=True)
    if code:
        print("error: params.yaml: odd", file=sys.stderr)
    sys.exit(code)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "params.yaml").write_text("0")
    for name in ("stages/__init__.py", "stages/check.py", "recsys/als/params.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "stages/check.py").write_text(CHECK)
    before = 1_000_000_000
    os.utime(tmp_path / "stages/check.py", (before, before))
    return tmp_path


def checked(root: Path, is_forked: bool) -> int:
    env = dict(os.environ)
    with params_check.fork_server(root, root / "state", env) as server:
        assert (server is not None) is is_forked
        return params_check.check(root, root / "state", env, server)


@pytest.mark.parametrize(
    "is_forked",
    [
        pytest.param(
            True,
            marks=pytest.mark.skipif(not forks.is_possible(), reason="no forks here"),
        ),
        False,
    ],
)
def test_what_is_right_is_checked_once_and_what_is_wrong_is_said(
    root: Path,
    is_forked: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(forks, "is_possible", lambda: is_forked)
    (root / "params.yaml").write_text("2")
    for _ in range(2):
        assert checked(root, is_forked) == 2
        assert capfd.readouterr() == ("checked\n", "error: params.yaml: odd\n")
    (root / "params.yaml").write_text("0")
    assert checked(root, is_forked) == 0
    assert capfd.readouterr() == ("checked\n", "")
    assert checked(root, False) == 0  # it is known
    assert capfd.readouterr() == ("", "")


def test_without_memory_it_is_a_program_of_its_own(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "has_room", lambda: False)
    assert checked(root, False) == 0


LENDS = """\
import os
from pathlib import Path
from ops.pipeline.forks import ForkServer
server = ForkServer.given(Path.cwd(), os.environ)
fork = server.begin("python -m stages.check", {"cwd": None, "env": dict(os.environ)})
print(fork.stdout.read().decode().strip(), fork.wait())
print(ForkServer.given(Path.cwd(), os.environ))
server.close()
"""


@pytest.mark.skipif(not forks.is_possible(), reason="no forks here")
def test_a_child_has_the_server_too(
    root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And what was imported for the check is not imported again."""
    env = dict(os.environ)
    command = ["python", "-c", LENDS]
    with params_check.fork_server(root, root / "state", env) as server:
        assert server is not None and server.process is not None
        with Child(command, root, env, server) as child:
            assert params_check.check(root, root / "state", env, server) == 0
            assert child.stream() == (0, "")
        pids = (root / "imported").read_text().split()
        assert pids.count(str(server.process.pid)) == 1 and len(pids) == 3
    assert capfd.readouterr().out == "checked\nchecked 0\nNone\n"
    assert server.process.poll() is not None


@pytest.mark.skipif(not forks.is_possible(), reason="no forks here")
def test_a_server_that_cannot_be_started_is_done_without(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", full)
        with params_check.fork_server(root, root / "state", {}) as server:
            assert server is None
