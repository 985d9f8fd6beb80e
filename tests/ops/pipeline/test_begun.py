"""What a command says before its turn is passed on in it; it ends with all that it has started."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from ops.pipeline import begun as of_begun
from ops.pipeline.begun import Begun
from tests.waiting import wait_for

Make = Callable[[str], Begun]

SAYS = (
    "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
)
STARTS = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
SAYS_MUCH = """
import sys
for _ in range(300):
    print("o" * 9_999)
    print("e" * 9_999, file=sys.stderr)
"""
LEAVES = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
print("left", flush=True)
"""
TOLD = "print('told', input())"


@pytest.fixture
def make() -> Iterator[Callable[[str], Begun]]:
    """Begin a Python program."""
    made = []

    def begin(program: str) -> Begun:
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        made.append(Begun(process))
        return made[-1]

    yield begin
    for one in made:
        one.end()


def test_what_it_said_is_passed_on(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = make(SAYS)
    wait_for(lambda: not begun.is_running)
    assert capfd.readouterr() == ("", "")
    assert begun.show_to_the_end() == 3
    assert capfd.readouterr() == ("out\n", "err\n")


def test_one_that_says_much_waits_for_its_turn(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = make(SAYS_MUCH)
    time.sleep(0.3)
    assert begun.is_running
    assert begun.show_to_the_end() == 0
    out, err = capfd.readouterr()
    assert len(out) == len(err) == 3_000_000


def test_what_it_leaves_running_holds_nobody_up(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    begun = make(LEAVES)
    begin = time.monotonic()
    assert begun.show_to_the_end() == 0
    assert time.monotonic() - begin < 20
    assert capfd.readouterr().out == "left\n"


def test_how_long_it_has_run_is_known_after_its_end(make: Make) -> None:
    begun = make("import time; time.sleep(0.2)")
    assert begun.seconds() < begun.seconds()
    wait_for(lambda: begun.ended)
    took = begun.seconds()
    assert 0.2 <= took == begun.seconds()


def test_one_that_waits_is_told(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    begun = make(TOLD)
    begun.go()
    assert begun.show_to_the_end() == 0
    assert capfd.readouterr().out == "told go\n"


def test_to_tell_one_that_is_gone_is_no_error(make: Make) -> None:
    begun = make("")
    wait_for(lambda: not begun.is_running)
    begun.go()


def test_it_ends_with_what_it_has_started(make: Make) -> None:
    begun = make(STARTS)
    parent = psutil.Process(begun.process.pid)
    wait_for(parent.children)
    (child,) = parent.children()
    begun.end()
    assert not begun.is_running
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_without_room_for_a_thread_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would know of it."""

    def full(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    process = subprocess.Popen(["sleep", "99"], stdout=-1, stderr=-1, stdin=-1)
    monkeypatch.setattr(of_begun, "Thread", full)
    with pytest.raises(OSError, match="no room for another thread"):
        Begun(process)
    assert process.poll() is not None
