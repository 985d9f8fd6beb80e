import os
import time

from bench.runner import idle


def test_what_this_process_costs_is_measured() -> None:
    pid = os.getpid()
    before, end = idle.cpu_s(pid), time.process_time() + 0.05
    while time.process_time() < end:
        pass
    assert idle.cpu_s(pid) - before >= 0.03
    assert idle.resident_mb(pid) > 10
    memory, share = idle.measured({"me": pid}, 0.2)["me"]
    assert memory > 10
    assert 0 <= share < 100


def test_the_table() -> None:
    text = idle.table({"runner.py start": (23.04, 0.0456)}, 600)
    assert "| runner.py start | 23.0 | 0.046 |" in text


def test_the_project_is_whole(tmp_path) -> None:
    place = idle.project(tmp_path)
    assert (place / "runner.py").exists()
    assert (place / "ops" / "scheduler" / "run_loop.py").exists()
