"""Who holds which lock: real processes, a frozen one among them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.doctor import locks
from ops.scheduler import run_history
from tests.frozen import freeze
from tests.ops.explain.rows import CLOCK, NOW, STAMP

HOLD = """
import os, sys, time
from pathlib import Path
from ops import lock
facts = {'pid': os.getpid(), 'since': sys.argv[2]}
with lock.hold(Path(sys.argv[1]), 'x', facts):
    print('up', flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(path: Path) -> Iterator[int]:
    command = [sys.executable, "-c", HOLD, str(path), STAMP]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and process.stdout.readline()
            yield process.pid
        finally:
            process.kill()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("state", "mlruns", ".dvc/tmp"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def look(root: Path) -> list[tuple[str, str, str]]:
    found = locks.locks(root, root / "state", root / "mlruns", CLOCK)
    return [(one.what, one.level, one.seen) for one in found]


def test_none_is_held(root: Path) -> None:
    assert look(root) == [("locks", "ok", "none is held, nothing was left")]


@pytest.mark.parametrize(
    ("name", "who"),
    [("runner.lock", "the runner"), ("repro.lock", "a repro, an audit or a replay")],
)
def test_a_holder_is_named_with_the_time(root: Path, name: str, who: str) -> None:
    with holder(root / "state" / name) as pid:
        seen = f"held by process {pid} ({who}) since 2026-11-23 11:00"
        assert look(root) == [(name, "ok", seen)]


def test_a_frozen_holder_is_bad_and_the_mend_names_it(root: Path) -> None:
    with holder(root / "state" / "runner.lock") as pid:
        freeze(pid)
        (found,) = locks.locks(root, root / "state", root / "mlruns", CLOCK)
    assert (found.level, found.exit_code) == ("bad", 5)
    assert "FROZEN" in found.seen
    assert found.mend == (
        f"`kill -CONT {pid}` wakes it; `python runner.py stop --force` ends it and its jobs"
    )


def test_a_lock_that_names_another_process_is_told(root: Path) -> None:
    facts = {"pid": 1, "since": STAMP}
    with lock.hold(root / "state" / "runner.lock", "x", facts):
        ((what, level, seen),) = look(root)
    assert (what, level) == ("runner.lock", "warning")
    assert "not by process 1" in seen or "another user's" in seen


def test_the_registrys_lock_names_who_has_it_open(root: Path) -> None:
    with holder(root / "mlruns" / ".registry.lock") as pid:
        assert look(root) == [(".registry.lock", "warning", f"held; open in {pid}")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": {"read": [{"pid": 7, "cmd": "x"}]}}', "names processes (7)"),
        ('{"a": {"write": {"pid": 8, "cmd": "x"}}}', "names processes (8)"),
        ("{", "was cut short"),
        ('{"a": 3}', "was cut short"),
    ],
)
def test_what_a_killed_dvc_has_left(root: Path, text: str, words: str) -> None:
    (root / ".dvc" / "tmp" / "rwlock").write_text(text)
    ((what, level, seen),) = look(root)
    assert (what, level, words in seen) == ("dvc", "warning", True)
    with holder(root / "state" / "repro.lock"):  # it is in use
        assert [what for what, _, _ in look(root)] == ["repro.lock"]


def test_an_empty_table_of_dvc_is_well(root: Path) -> None:
    (root / ".dvc" / "tmp" / "rwlock").write_text(json.dumps({}))
    assert look(root) == [("locks", "ok", "none is held, nothing was left")]


def test_a_run_whose_runner_is_gone_is_told(root: Path) -> None:
    code = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path\n"
        "from ops.scheduler import run_history\n"
        "run_history.open_run(Path(sys.argv[1]), 'train', None, datetime.now(UTC))"
    )
    command = [sys.executable, "-c", code, str(root / "state")]
    subprocess.run(command, cwd=ROOT, check=True)
    ((what, level, seen),) = look(root)
    assert (what, level) == ("runs", "warning")
    assert "who watched is gone: train-" in seen
    assert run_history.open_run(root / "state", "drift", None, NOW)  # we live
    assert seen == look(root)[0][2]
