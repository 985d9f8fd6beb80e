"""The loop on a disk that is full, or that cannot be written to: it lives, says so once, and goes
on when there is room again. The disks are real, a megabyte of memory, which only root may mount.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.alerts import outbox
from ops.scheduler import kept
from tests.ops.scheduler.loops import STATE, Runner, last, left, read_until, stopped

FILLS = """
import contextlib
with open("state/big", "wb", buffering=0) as big, contextlib.suppress(OSError):
    while True:
        big.write(bytes(1 << 12))
"""
WAITS = """
import time
from pathlib import Path
while not Path("go").exists():
    time.sleep(0.05)
raise SystemExit(3)
"""


def mounted(*options: str, at: Path = STATE) -> bool:
    command = ["mount", *options, str(at.resolve())]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def unmount(at: Path = STATE) -> None:
    subprocess.run(["umount", "--lazy", str(at.resolve())], check=True)


def read_only(view: Path) -> None:
    """Put a view of state/ over it in which nothing can be written; what is open stays so. The
    view is made beside it, where nobody can open a file before it is read-only.
    """
    view.mkdir()
    assert mounted("--bind", str(STATE.resolve()), at=view)
    assert mounted("-o", "remount,bind,ro", at=view)
    assert mounted("--bind", str(view.resolve()))
    unmount(view)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """state/ is a disk of its own, of one megabyte."""
    STATE.mkdir()
    if os.geteuid() or not mounted("-t", "tmpfs", "-o", "size=1m", "none"):
        pytest.skip("a disk can be mounted by root only")
    yield folder
    while os.path.ismount(STATE):
        unmount()


def test_a_job_that_fills_the_disk_gets_its_row_when_there_is_room_again(
    small_disk: Path, runner: Runner
) -> None:
    (small_disk / "refresh.py").write_text(FILLS)
    process = runner("2026-03-02T02:00:05")
    said = read_until(process, "error: ")
    assert "state/runner.db" in said and "it is sound" in said
    assert process.poll() is None
    assert last("refresh").status == "running"
    assert left("refresh") == []
    (STATE / "big").unlink()
    read_until(process, "refresh: ok, exit 0")
    stopped(process)
    assert last("refresh").status == "ok"


def test_a_run_that_ends_while_state_is_read_only_gets_its_row_and_alert_afterwards(
    small_disk: Path, runner: Runner
) -> None:
    (small_disk / "refresh.py").write_text(WAITS)
    process = runner("2026-03-02T02:00:05")
    read_until(process, "refresh: started")
    read_only(small_disk / "view")
    (small_disk / "go").touch()
    said = read_until(process, "error: ")
    assert "state/runner.db" in said and "file and folder may be written" in said
    assert process.poll() is None
    unmount()
    read_until(process, "refresh: failed, exit 3")
    assert left("refresh") == []
    stopped(process)
    assert (last("refresh").status, last("refresh").exit_code) == ("failed", 3)
    assert [each.cause for each in outbox.causes(STATE)] == ["job.refresh"]


def test_on_a_disk_that_cannot_be_written_it_does_not_start_and_says_why(
    small_disk: Path,
) -> None:
    shutil.copyfile(ROOT / "params.yaml", small_disk / "params.yaml")
    assert mounted("-o", "remount,ro")
    done = subprocess.run(
        [sys.executable, "-m", "ops.scheduler.run_loop"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 8
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and "Read-only file system" in line


def begun(runner: Runner) -> subprocess.Popen[str]:
    """A loop that has begun: it has written which times it keeps."""
    process = runner("2026-03-02T01:00:00")
    read_until(process, "the runner is up")
    while kept.read(STATE) is None:
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("how", ["deleted", "put back"])
def test_a_runner_whose_state_is_gone_ends_as_nobody_could_see_it(
    folder: Path, runner: Runner, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    process = begun(runner)
    if how == "put back":
        shutil.copytree(STATE, "copy")
    shutil.rmtree(STATE)
    if how == "put back":
        Path("copy").rename(STATE)
    process.communicate(timeout=60)
    assert process.returncode
    said = capfd.readouterr().err
    assert "runner.lock is not the file that this runner holds any more" in said
    assert "start it again" in said


def test_new_times_that_the_database_refuses_are_kept_when_it_can_be_written(
    folder: Path, runner: Runner
) -> None:
    shipped = (Path(__file__).parents[3] / "params.yaml").read_text()
    params = folder / "params.yaml"
    params.write_text(shipped)
    process = begun(runner)
    for path in STATE.glob("runner.db*"):
        path.rename(f"{path.name}.whole")
    (STATE / "runner.db").write_bytes(b"no database" * 1000)
    params.write_text(shipped.replace("at: 02:00", "at: 02:30", 1))
    read_until(process, "error: ")
    for path in Path().glob("runner.db*.whole"):
        path.rename(STATE / path.stem)
    read_until(process, "its times are kept from now on")
    found = kept.read(STATE)
    assert found and found.times.jobs["refresh"].at == "02:30"
    stopped(process)
