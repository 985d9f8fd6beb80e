"""The line of a stage: which one of how many, and how long it took the last time."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import progress
from ops.pipeline.progress import Progress

DVC_YAML = """
stages:
  a: {cmd: "true", deps: [raw], outs: [{made: {persist: true}}]}
  b: {cmd: sleep 0.3, deps: [made], outs: [{more: {persist: true}}]}
"""


class Clock:
    """Seconds, as they are set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_stages_are_counted_whether_they_run_or_not() -> None:
    clock = Clock()
    followed = Progress(["merge", "process", "embed"], {"embed": 8.2}, clock)
    assert followed.begins("merge") == "stage 1 of 3: merge"
    clock.now = 2.0
    followed.passes("process")
    clock.now = 5.0
    assert followed.begins("embed") == "stage 3 of 3: embed (took 8.2 s last time)"
    assert followed.times == {"merge": 2.0}
    clock.now = 6.5
    followed.ends()
    assert followed.times == {"merge": 2.0, "embed": 1.5}


def test_one_that_began_before_its_turn_took_what_it_took() -> None:
    clock = Clock()
    followed = Progress(["merge", "process", "embed"], {}, clock)
    clock.now = 10.0
    followed.begins("embed", since=3.0)
    clock.now = 10.5
    followed.ends()
    assert followed.times == {"embed": 3.5}


def test_a_graph_that_is_not_known_is_counted_as_it_comes() -> None:
    followed = Progress([], {}, Clock())
    assert followed.begins("a") == "stage 1 of 1: a"
    assert followed.begins("b") == "stage 2 of 2: b"


def test_times_are_kept_by_stage(tmp_path: Path) -> None:
    path = tmp_path / "state" / progress.FILE
    followed = Progress(["a"], {}, Clock())
    progress.keep_times(path, followed)
    assert not path.exists()
    followed.times = {"b": 1.23456}
    progress.keep_times(path, followed)
    followed.times = {"a": 2.0}
    progress.keep_times(path, followed)
    assert progress.read_times(path) == {"a": 2.0, "b": 1.235}


@pytest.mark.parametrize("text", ["{", "[]", '{"a": "x"}', None])
def test_torn_times_are_none(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / progress.FILE
    if text is not None:
        path.write_text(text)
    assert progress.read_times(path) == {}


# ---- with the real DVC ----
@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    root = tmp_path / "project"
    root.mkdir()
    for name, text in (
        ("dvc.yaml", DVC_YAML),
        ("raw", "1"),
        ("made", "1"),
        ("more", "1"),
    ):
        (root / name).write_text(text)
    init = [sys.executable, "-m", "dvc", "init", "-q", "--no-scm"]
    subprocess.run(init, cwd=root, check=True)
    return root


def repro(root: Path, terminal: bool, *args: str) -> str:
    """What a repro prints, to a terminal or to a pipe."""
    command = [sys.executable, "-m", "ops.pipeline.dvc_quietly", "repro", *args]
    env = os.environ | progress.variable(root / "state")
    if not terminal:
        return subprocess.run(
            command, cwd=root, env=env, stdout=subprocess.PIPE, text=True, check=False
        ).stdout
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=root, env=env, stdout=theirs)
    os.close(theirs)
    said = b""
    try:
        while block := os.read(ours, 65536):
            said += block
    except OSError:  # the other end is closed
        pass
    process.wait()
    os.close(ours)
    return said.decode()


def test_on_a_terminal_a_stage_says_where_it_is_and_in_a_log_dvc_does(
    project: Path,
) -> None:
    shown = repro(project, True)
    assert "stage 1 of 2: a" in shown and "stage 2 of 2: b" in shown
    assert "took" not in shown and "Running stage" not in shown
    times = json.loads((project / "state" / progress.FILE).read_text())
    assert times.keys() == {"a", "b"} and times["b"] >= 0.3
    again = repro(project, True, "-f", "b")
    took = f"{times['b']:.1f} s"
    assert f"stage 2 of 2: b (took {took} last time)" in again
    quiet = repro(project, False, "-f")
    assert "Running stage 'a':" in quiet and "stage 1 of" not in quiet


def test_a_stage_that_fails_has_no_time(project: Path) -> None:
    text = (project / "dvc.yaml").read_text()
    (project / "dvc.yaml").write_text(text.replace("sleep 0.3", "exit 3"))
    repro(project, False)
    times = json.loads((project / "state" / progress.FILE).read_text())
    assert times.keys() == {"a"}
