"""What a killed run may not leave is seen."""

import subprocess
import time
from pathlib import Path

import psutil

from bench.runner import sameness
from bench.speed.project import Project


def test_half_written_files_drops_and_processes_are_litter(tmp_path: Path) -> None:
    for name in ("data/half.part", "data/staging/drop3.csv", "data/whole.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path) as process:
        try:
            while psutil.Process(process.pid).cmdline() != ["sleep", "60"]:
                time.sleep(0.01)  # it is not itself yet
            found = set(sameness.litter(Project(tmp_path)))
        finally:
            process.kill()
    assert found == {
        "left: data/half.part",
        "left: data/staging/drop3.csv",
        "still runs: sleep 60",
    }


def test_outs_are_by_path_whatever_the_stage(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n"
        "  one:\n    cmd: x\n    outs:\n    - {path: a, md5: '1'}\n"
        "  two:\n    cmd: y\n"
    )
    assert sameness.outs(Project(tmp_path)) == {"a": "1"}
