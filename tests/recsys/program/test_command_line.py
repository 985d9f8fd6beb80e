"""One line and the code for an error, a traceback for a bug; the signature of main is the CLI."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from recsys.program import command_line, errors

PROGRAM = """
import sys
from pathlib import Path
from recsys.program.command_line import enter
from recsys.program.errors import DataError

def main(source: Path, times: int = 2) -> None:
    if times < 1:
        raise DataError(f"{source}: {times} times; give 1 or more")
    for _ in range(times):
        print(source)

enter(main)
"""


def raises(error: BaseException) -> int:
    def action() -> None:
        raise error

    return command_line.exit_code_of(action)


@pytest.mark.parametrize(
    ("kind", "code"), [(errors.ConfigError, 2), (errors.DiskError, 8)]
)
def test_a_users_error_is_one_line_and_its_code(
    kind: type[errors.UserError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raises(kind("a.csv: wrong; mend it")) == code
    assert capsys.readouterr() == ("", "error: a.csv: wrong; mend it\n")


def test_no_error_is_0_and_a_code_is_passed_on() -> None:
    assert command_line.exit_code_of(lambda: None) == 0
    assert command_line.exit_code_of(lambda: 5) == 5


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
        "from recsys.program.command_line import exit_code_of\n"
        "import sys\n"
        "def action():\n"
        "    with open('/dev/full', 'w') as handle:\n"
        "        handle.write('x')\n"
        "sys.exit(exit_code_of(action))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (8, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
@pytest.mark.parametrize(("times", "code"), [("0", 3), ("1", 8)])
def test_words_that_cannot_be_written_change_no_exit_code(
    times: str, code: int
) -> None:
    """Of a job whose log is on a full disk, say."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "a.csv", "--times", times],
            cwd=ROOT,
            stdout=full,
            stderr=full,
            check=False,
        )
    assert done.returncode == code


@pytest.mark.parametrize(
    "bug",
    [ValueError("x"), OSError(errno.EBADF, "Bad file descriptor"), AssertionError()],
)
def test_a_bug_shows_its_traceback_and_is_70(
    bug: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raises(bug) == 70
    error = capsys.readouterr().err
    assert error.startswith("Traceback") and type(bug).__name__ in error


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_signature_of_main_is_its_command_line() -> None:
    done = run("a.csv", "--times", "3")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a.csv\n" * 3, "")
    assert run("a.csv").stdout == "a.csv\n" * 2


def test_an_error_in_main_is_one_line_and_its_code() -> None:
    done = run("a.csv", "--times", "0")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "error: a.csv: 0 times; give 1 or more\n"


@pytest.mark.parametrize(
    "arguments", [(), ("a.csv", "--tims", "3"), ("a.csv", "--times", "x")]
)
def test_a_wrong_command_line_is_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_reader_that_left_is_no_error() -> None:
    script = (
        "import sys; from recsys.program.command_line import exit_code_of; "
        "sys.exit(exit_code_of(lambda: [print(number) for number in range(100_000)] and None))"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout and program.stderr
    assert program.stdout.readline() == "0\n"
    program.stdout.close()
    with program.stderr:
        assert program.stderr.read() == ""
    assert program.wait() == 0


@pytest.mark.parametrize("times", ["1", "100000"])
def test_a_reader_who_leaves_is_no_error(times: str) -> None:
    """Whether the output fits the pipe's buffer or not."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "a.csv", "--times", times],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        assert (program.stderr.read(), program.wait()) == ("", 0)


@pytest.mark.parametrize("flags", [(), ("-O",), ("-OO",)])
def test_the_help_is_there_however_python_is_optimised(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    program = PROGRAM.replace(
        "times: int = 2) -> None:\n", 'times: int = 2) -> None:\n    """Say it."""\n'
    )
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, *flags, "program.py", "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Say it." in done.stdout


@pytest.mark.parametrize("flags", [(), ("-OO",)])
def test_the_runners_help_is_there_too(flags: tuple[str, ...]) -> None:
    for command, said in (
        (["runner.py", "--help"], "Put the model in Staging into production"),
        (["runner.py", "--help"], "The operators' command line"),
        (["-m", "ops.quarantine.command", "--help"], "Show the refused rows"),
    ):
        done = subprocess.run(
            [sys.executable, *flags, *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert said in " ".join(done.stdout.split())


def test_a_terminal_without_the_letter_gets_an_escape() -> None:
    script = "from recsys.program.command_line import enter\nenter(lambda: print('ắ'))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "\\u1eaf\n")


def test_a_full_place_is_named_where_the_error_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "_is_full", lambda folder: folder.name == "state")
    assert raises(OSError(errno.ENOSPC, "No space left")) == 8
    error = capsys.readouterr().err
    assert error.startswith(f"error: {tmp_path / 'state'}: No space left; ")
    assert raises(OSError(errno.ENOSPC, "No space left", "from", None, "to")) == 8
    assert capsys.readouterr().err.startswith("error: to: ")


@pytest.mark.parametrize(
    "number", [errno.EACCES, errno.ENOTDIR, errno.EEXIST, errno.EISDIR]
)
def test_what_stands_in_the_place_of_a_folder_is_told_by_name(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raises(OSError(number, os.strerror(number), "state")) == 8
    error = capsys.readouterr().err
    assert error == (
        f"error: state: {os.strerror(number)}; see what stands there, and that this user may "
        "write it, then run again\n"
    )
    assert raises(OSError(number, os.strerror(number))) == 70  # a bug: no file is named


def test_a_disk_that_is_mounted_to_be_read_is_not_told_to_be_full(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raises(OSError(errno.EROFS, "Read-only file system", "state")) == 8
    assert "free some space" not in capsys.readouterr().err


@pytest.mark.parametrize("number", [errno.EEXIST, errno.ENOENT])
def test_a_folder_that_is_away_is_told_as_such(
    number: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "raw").symlink_to(tmp_path / "share")
    named = tmp_path / "raw" / "file.csv"
    assert raises(OSError(number, os.strerror(number), str(named))) == 8
    error = capsys.readouterr().err
    assert f"a link to {tmp_path / 'share'}, which is not there; bring it back" in error
