"""A program ends with all that it has said, and takes nothing apart."""

import subprocess
import sys
from pathlib import Path

LEAVES = """
import atexit, sys, threading
from recsys.program.command_line import enter
class Slow:
    def __del__(self):
        print("taken apart")
kept = Slow()
atexit.register(print, "registered")
def main():
    print("said", end="")
    THREAD
    sys.exit(4)
enter(main)
"""


def test_it_leaves_with_all_said_and_takes_nothing_apart() -> None:
    done = python(LEAVES.replace("THREAD", ""))
    assert (done.returncode, done.stdout) == (4, "saidregistered\n")


def test_a_database_that_is_open_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    opened = (
        f"import sqlite3; kept = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "    kept.execute('PRAGMA journal_mode = WAL'); kept.execute('CREATE TABLE t (x)')\n"
        "    sys.kept = kept"
    )
    done = python(LEAVES.replace("THREAD", opened))
    assert (done.returncode, done.stdout) == (4, "saidregistered\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.db"]
    closed = opened.replace("sys.kept = kept", "kept.close()")
    script = LEAVES.replace("THREAD", closed).replace("TABLE t", "TABLE u")
    quick = script.replace("enter(main)", "leave_after(main, closes_databases=True)")
    done = python(
        quick.replace("command_line import enter", "ending import leave_after")
    )
    assert done.stdout == "saidregistered\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.db"]


def test_a_database_of_another_thread_is_closed_by_python(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    opened = (
        "import sqlite3\n"
        "    def opened():\n"
        f"        sys.kept = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "        sys.kept.execute('PRAGMA journal_mode = WAL')\n"
        "        sys.kept.execute('CREATE TABLE t (x)')\n"
        "    one = threading.Thread(target=opened); one.start(); one.join()"
    )
    done = python(LEAVES.replace("THREAD", opened))
    assert (done.returncode, done.stdout) == (4, "saidregistered\ntaken apart\n")
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.db"]


def test_a_thread_that_is_at_work_is_waited_for() -> None:
    work = "threading.Timer(0.3, print, ['worked']).start()"
    done = python(LEAVES.replace("THREAD", work))
    assert done.returncode == 4 and "worked\n" in done.stdout


def python(script: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_words_in_place_of_a_code_are_said() -> None:
    done = python(
        "from recsys.program.ending import leave_after\n"
        "import sys\nleave_after(lambda: sys.exit('no such thing'))"
    )
    assert (done.returncode, done.stderr) == (1, "no such thing\n")
