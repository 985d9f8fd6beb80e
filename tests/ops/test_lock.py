import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops import lock
from recsys.program.errors import InstanceError

HOLD = """
import os, subprocess, sys, pathlib
from ops import lock
from recsys.program.errors import InstanceError
sys.stdin.readline()
try:
    with lock.hold(pathlib.Path(sys.argv[1]), "the runner", {"pid": os.getpid()}):
        if len(sys.argv) > 2:
            print(subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False).pid)
        print("held", flush=True)
        sys.stdin.readline()
except InstanceError:
    print("refused", flush=True)
    sys.stdin.readline()
"""


def another(path: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), *more],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def says(child: subprocess.Popen[str], *, go: bool = True) -> str:
    assert child.stdin
    assert child.stdout
    if go:
        child.stdin.write("\n")
        child.stdin.flush()
    return child.stdout.readline().strip()


def killed(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_a_second_holder_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "state" / "runner.lock"
    child = another(path)
    assert says(child) == "held"
    with (
        pytest.raises(
            InstanceError,
            match=rf"the runner runs already as process {child.pid} \(.*runner\.lock",
        ),
        lock.hold(path, "the runner", {"pid": 1}),
    ):
        pass
    assert lock.holder(path) == {"pid": child.pid}
    killed(child)


def test_another_file_in_its_place_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with lock.hold(path, "it", {}):
        mine = lock.file_of(path)
        assert lock.is_still(path, mine)
        path.rename(tmp_path / "b.lock")
        assert not lock.is_still(path, mine)
        path.touch()
        assert not lock.is_still(path, mine)


def test_a_free_lock_has_no_holder_and_looking_creates_nothing(tmp_path: Path) -> None:
    assert lock.holder(tmp_path / "state" / "runner.lock") is None
    assert list(tmp_path.iterdir()) == []


def test_after_a_good_end_the_file_stays_and_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    with lock.hold(path, "the runner", {"pid": 1}) as former:
        assert former == {}
        assert lock.holder(path) == {"pid": 1}
    assert lock.holder(path) is None
    assert path.read_text() == ""


def test_a_killed_holder_frees_the_lock_and_is_known_to_the_next(
    tmp_path: Path,
) -> None:
    path = tmp_path / "runner.lock"
    child = another(path)
    assert says(child) == "held"
    killed(child)
    assert lock.holder(path) is None
    with lock.hold(path, "the runner", {"pid": 2, "since": "now"}) as former:
        assert former == {"pid": child.pid}


def test_a_child_of_a_killed_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    child = another(path, "with a child")
    orphan = int(says(child))
    assert says(child, go=False) == "held"
    killed(child)
    try:
        with lock.hold(path, "the runner", {"pid": 2}):
            pass
    finally:
        subprocess.run(["kill", str(orphan)], check=True)


def test_of_many_that_begin_at_once_one_holds(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    children = [another(path) for _ in range(6)]
    for child in children:
        assert child.stdin
        child.stdin.write("\n")
        child.stdin.flush()
    assert (
        sorted(says(child, go=False) for child in children)
        == ["held"] + ["refused"] * 5
    )
    for child in children:
        killed(child)


def test_being_looked_at_is_not_another_instance(tmp_path: Path) -> None:
    """However many look: looking takes nothing, and who wants the lock need not even wait."""
    path = tmp_path / "runner.lock"
    path.touch()
    look = (
        "import sys, pathlib\nfrom ops import lock\n"
        "print('go', flush=True)\nwhile True: lock.holder(pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", look, str(path)]
    looking = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(8)]
    try:
        for process in looking:
            assert process.stdout and process.stdout.readline() == b"go\n"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lock, "LOOKERS_S", 0)
            for _ in range(300):
                with lock.hold(path, "the runner", {}):
                    pass
    finally:
        for process in looking:
            process.kill()
            process.communicate()


def test_a_holder_that_is_frozen_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    child = another(path)
    assert says(child) == "held"
    assert not lock.is_frozen(child.pid)
    child.send_signal(signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, child.pid, os.WSTOPPED)
        assert lock.is_frozen(child.pid)
        with (
            pytest.raises(InstanceError, match=rf"frozen.*kill -CONT {child.pid}"),
            lock.hold(path, "the runner", {}),
        ):
            pass
        assert lock.holder(path) == {"pid": child.pid}
    finally:
        child.send_signal(signal.SIGCONT)
        killed(child)


def test_what_is_no_process_is_not_frozen(tmp_path: Path) -> None:
    assert not lock.is_frozen(None)
    assert not lock.is_frozen(2**30)
    (tmp_path / "7").mkdir()
    (tmp_path / "7/stat").write_text("7 (a) T b) S 1 2")
    assert not lock.is_frozen(7, tmp_path)


def test_facts_that_were_cut_short_are_no_facts(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    for text in ('{"pid": 1', "[1]", "\0\0"):
        path.write_text(text)
        with lock.hold(path, "the runner", {}) as former:
            assert former == {}


LOOKS = """
import fcntl, os, sys, time
handle = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(handle, fcntl.LOCK_SH)
print("looks", flush=True)
time.sleep(1.5)
"""


def test_who_only_looks_refuses_nobody_however_long_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "runner.lock"
    path.touch()
    looking = subprocess.Popen(
        [sys.executable, "-c", LOOKS, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert looking.stdout
    looking.stdout.readline()
    with lock.hold(path, "the runner", {"pid": 1}):
        assert lock.holder(path) == {"pid": 1}
    looking.communicate()
