"""What programs cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from bench.speed.cost import HEAD, Cost, cost_in, cost_of, own_cost


def test_costs_add_up_and_the_peak_is_the_higher_one() -> None:
    total = Cost(1.0, 2.0, 300) + Cost(0.5, 0.25, 1200)
    assert total == Cost(1.5, 2.25, 1200)
    assert total.row("both") == "| both | 1.5 | 2.2 | 1,200 |"
    assert HEAD.count("|") == 10


def test_the_peak_is_that_of_the_program() -> None:
    cost = cost_of("-c", "x = bytearray(200 << 20)")
    assert 200 <= cost.peak < 400
    assert cost.wall > 0 and cost.cpu > 0


def test_a_program_that_fails_says_what_it_said() -> None:
    with pytest.raises(RuntimeError, match="ValueError: odd"):
        cost_of("-c", "raise ValueError('odd')")


def test_the_peak_of_two_programs_at_once_is_their_sum() -> None:
    child = "import time; x = bytearray(100 << 20); time.sleep(0.6)"
    run = f"subprocess.run([sys.executable, '-c', {child!r}])"
    parent = f"import subprocess, sys; y = bytearray(100 << 20); {run}"
    cost = cost_of("-c", parent)
    assert 200 <= cost.peak < 300


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="no PSS")
def test_memory_that_two_programs_share_counts_once() -> None:
    code = "import os, time; x = bytearray(100 << 20); os.fork(); time.sleep(0.6)"
    assert 100 <= cost_of("-c", code).peak < 180


def test_a_program_runs_in_the_folder_with_the_environment_given(
    tmp_path: Path,
) -> None:
    code = "import os, pathlib; pathlib.Path('made').write_text(os.environ['WORD'])"
    cost_in(tmp_path, [sys.executable, "-c", code], {**os.environ, "WORD": "well"})
    assert (tmp_path / "made").read_text() == "well"


def test_a_cost_is_json() -> None:
    assert Cost(1.0, 2.0, 3).as_dict() == {"wall": 1.0, "cpu": 2.0, "peak": 3}


def test_the_cost_of_this_process_is_since_its_start() -> None:
    code = "from bench.speed.cost import own_cost; print(own_cost().wall)"
    command = [sys.executable, "-c", f"import time; time.sleep(0.5); {code}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0.5 < float(done.stdout) < 20
    assert own_cost().cpu > 0 and own_cost().peak > 20
