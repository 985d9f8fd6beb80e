"""The door: one line and the exit code for a user's error, a traceback for a bug."""

import errno
import subprocess
import sys

import pytest

from bench.house.imports import ROOT
from recsys.program import command_line, errors

CODES = {
    errors.UserError: 70,
    errors.ConfigError: 2,
    errors.DataError: 3,
    errors.GateError: 4,
    errors.InstanceError: 5,
    errors.StoreError: 6,
    errors.ServiceError: 7,
    errors.DiskError: 8,
}


def raises(error: BaseException) -> int:
    def action() -> None:
        raise error

    return command_line.door(action)


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_a_users_error_is_one_line_and_its_code(
    kind: type[errors.UserError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raises(kind("a.csv: wrong; mend it")) == code
    assert capsys.readouterr() == ("", "error: a.csv: wrong; mend it\n")


def test_no_error_is_0_and_a_code_is_passed_on() -> None:
    assert command_line.door(lambda: None) == 0
    assert command_line.door(lambda: 5) == 5


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_full_disk_is_8_and_names_the_file(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raises(OSError(number, "No space", "out/a.npz")) == 8
    error = capsys.readouterr().err
    assert error.startswith("error: out/a.npz: No space; ")
    assert error.count("\n") == 1


def test_a_real_full_disk_is_8() -> None:
    script = (
        "from recsys.program.command_line import door\n"
        "import sys\n"
        "def action():\n"
        "    with open('/dev/full', 'w') as handle:\n"
        "        handle.write('x')\n"
        "sys.exit(door(action))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (8, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "bug", [ValueError("x"), OSError(errno.EBADF, "Bad file descriptor"), AssertionError()]
)
def test_a_bug_shows_its_traceback_and_is_70(
    bug: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raises(bug) == 70
    error = capsys.readouterr().err
    assert error.startswith("Traceback") and type(bug).__name__ in error
