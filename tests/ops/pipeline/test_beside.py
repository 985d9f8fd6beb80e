"""Which stage may run beside another."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.pipeline import beside


def stage(tmp_path: Path, **changes: Any) -> Any:
    read = tmp_path / "read"
    read.write_bytes(b"x" * 9)
    usual = {
        "cmd": "true",
        "frozen": False,
        "outs": [SimpleNamespace(persist=True)],
        "deps": [SimpleNamespace(fs_path=str(read))],
    }
    return SimpleNamespace(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "does"),
    [
        ({}, True),
        ({"cmd": ["true", "true"]}, False),
        ({"cmd": "true\ntrue"}, False),
        ({"frozen": True}, False),
        ({"outs": []}, False),
        ({"outs": [SimpleNamespace(persist=False)]}, False),
        ({"deps": [SimpleNamespace(fs_path="nowhere")]}, False),
    ],
)
def test_what_may_run_beside_another(
    tmp_path: Path, changes: dict[str, Any], does: bool
) -> None:
    assert beside.fits(stage(tmp_path, **changes)) is does


@pytest.mark.parametrize(
    ("free", "does"), [(None, True), (1000 + 9 * 40, True), (999 + 9 * 40, False)]
)
def test_it_needs_memory_for_what_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int | None, does: bool
) -> None:
    monkeypatch.setattr(beside, "LEAST_BYTES", 1000)
    monkeypatch.setattr(beside, "TIMES", 40)
    monkeypatch.setattr(beside.machine_room, "free_bytes", lambda: free)
    assert beside.has_room(beside.size(stage(tmp_path))) is does


@pytest.mark.parametrize("command", ["python other.py", "make x", ["python -m a"], ""])
def test_another_command_loads_nothing(command: object) -> None:
    assert beside.module_of(command) == ""


def test_a_module_of_ours_is_what_python_runs() -> None:
    assert beside.module_of("python -m stages.merge data/raw") == "stages.merge"
