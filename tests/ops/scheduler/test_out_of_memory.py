"""A job that the kernel kills for its memory: a real limit, which only root may set."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.alerts import outbox
from tests.ops.scheduler.loops import STATE, Runner, last, left, read_until, stopped

GROUPS = Path("/sys/fs/cgroup")
LIMIT = 64 << 20  # bytes
EATS = """
import os, subprocess, sys
open({members!r}, "w").write(str(os.getpid()))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("begun", flush=True)
held = []
while True:
    held.append(b"x" * (1 << 20))
"""


@pytest.fixture
def members(tmp_path: Path) -> Iterator[Path]:
    """The file that takes the pid of who is to be held to LIMIT."""
    first = GROUPS / "memory"  # cgroup v1 has a tree for each kind of limit
    group = (first if first.is_dir() else GROUPS) / f"out-of-memory-{tmp_path.name}"
    name = "memory.limit_in_bytes" if first.is_dir() else "memory.max"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("no limit of memory can be set here: root and cgroups are needed")
    try:
        if not (group / name).exists():
            pytest.skip("the kernel offers no limit of memory here")
        (group / name).write_text(str(LIMIT))
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def test_it_gets_its_row_its_words_and_its_alert_and_nothing_is_left(
    folder: Path, runner: Runner, members: Path
) -> None:
    (folder / "refresh.py").write_text(EATS.format(members=str(members)))
    process = runner("2026-03-02T02:00:05")
    said = read_until(process, "refresh: failed")
    assert "killed by the system (out of memory?)" in said or "signal 9" in said
    assert process.poll() is None
    assert left("refresh") == []
    stopped(process)
    run = last("refresh")
    assert (run.status, run.exit_code) == ("failed", 137)
    assert run.reason == "killed by signal 9"
    assert [each.cause for each in outbox.causes(STATE)] == ["job.refresh"]
