"""The log of a job: the right one, its last lines, and what comes while it runs."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.explain import logs
from ops.scheduler import run_history
from recsys.program.errors import ConfigError
from tests.ops.explain.rows import NOW, ran


def program(state: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "ops.explain.logs", *args, "--state", str(state)]


def shown(state: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        program(state, *args), cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_newest_run_is_meant_but_one_that_runs_before_it(tmp_path: Path) -> None:
    first = ran(tmp_path, "train", NOW - timedelta(hours=2))
    newest = ran(tmp_path, "train", NOW)
    assert logs.find(tmp_path, "train").id == newest.id
    assert logs.find(tmp_path, first.id).id == first.id
    open_run = run_history.open_run(tmp_path, "train", None, NOW - timedelta(hours=1))
    assert open_run and logs.find(tmp_path, "train").id == open_run.id


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "train",
            "train has never run, so it has no log; `python runner.py why train`",
        ),
        (
            "tra\x1bin",
            r"'tra\\x1bin' is neither a job nor the id of a run; jobs are refresh",
        ),
    ],
)
def test_what_has_no_log_says_so(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        logs.find(tmp_path, name)


@pytest.mark.parametrize(
    ("content", "count", "lines"),
    [
        (b"a\nb\nc\n", 2, ["b", "c"]),
        (b"a\nb\nc", 2, ["b", "c"]),
        (b"a\nb\nc\n", 9, ["a", "b", "c"]),
        (b"a\n\n", 1, [""]),
        (b"a\n", 0, []),
        (b"", 3, []),
        (b"a\tb\x1b[2J\r\n\xff\n", 2, ["a\tb\\x1b[2J", "�"]),
        (b"x" * 200_000 + b"\nlast\n", 1, ["last"]),
        (b"first\n" + b"y" * 200_000 + b"\n", 2, ["first", "y" * 200_000]),
    ],
)
def test_the_last_lines(
    tmp_path: Path, content: bytes, count: int, lines: list[str]
) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(content)
    assert list(logs.last_lines(log, count)) == lines


def test_a_log_of_one_endless_line_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FURTHEST", 100_000)
    log = tmp_path / "a.log"
    log.write_bytes(b"x" * 1_000_000)
    (line,) = logs.last_lines(log, 5)
    assert len(line) < 200_000


def test_the_command(tmp_path: Path) -> None:
    run = ran(tmp_path, "train", NOW, said="one\ntwo\n")
    done = shown(tmp_path, "train", "-n", "1")
    assert (done.returncode, done.stdout) == (0, "two\n")
    assert done.stderr == f"# {run.id}: ok, {run.log}\n"
    found = json.loads(shown(tmp_path, "train", "--json").stdout)
    assert found == {"run": run.id, "log": run.log, "lines": ["one", "two"]}


def test_a_log_that_cleanup_has_removed_says_so(tmp_path: Path) -> None:
    run = ran(tmp_path, "train", NOW)
    Path(run.log).unlink()
    done = shown(tmp_path, "train")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"the log of {run.id} is gone; cleanup removes old ones" in done.stderr


def test_without_a_runner_in_the_background_there_is_no_log_of_it(
    tmp_path: Path,
) -> None:
    done = shown(tmp_path)
    assert done.returncode == 2
    assert "`python runner.py start --detach`" in done.stderr
    (tmp_path / "runner.log").write_text("up\n")
    assert shown(tmp_path).stdout == "up\n"
    followed = shown(tmp_path, "-f")
    assert (followed.stdout, followed.stderr) == (
        "up\n",
        "# the runner is not running\n",
    )


def test_a_run_is_followed_to_its_end_line_by_line(tmp_path: Path) -> None:
    run = run_history.open_run(tmp_path, "train", None, NOW)
    assert run
    log = Path(run.log)
    log.parent.mkdir()
    log.write_text("one\ntw")
    with subprocess.Popen(
        program(tmp_path, "train", "-f"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout
        assert follower.stdout.readline() == "one\n"
        time.sleep(3 * logs.POLL_S)  # it has seen the half of a line by now
        with log.open("a") as more:
            more.write("o\n")
        assert follower.stdout.readline() == "two\n"
        time.sleep(3 * logs.POLL_S)
        assert follower.poll() is None
        with log.open("a") as more:
            more.write("the end")
        run_history.close_run(tmp_path, run.id, "ok", 0, NOW)
        assert follower.stdout.read() == "the end\n"
        assert follower.wait(timeout=30) == 0
