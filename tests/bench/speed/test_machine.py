"""The machine and the versions."""

import platform
from pathlib import Path

from bench.speed import machine


def test_versions_are_those_installed_or_said_to_be_missing() -> None:
    found = machine.machine(["numpy", "no-such-library"])
    versions = found["versions"]
    assert list(versions) == ["python", "numpy", "no-such-library"]
    assert versions["python"] == platform.python_version()
    assert versions["no-such-library"] == machine.NOT_THERE
    assert found["cores"] >= 1 and found["memory_gb"] > 0.1


def test_the_processor_names_itself(tmp_path: Path, monkeypatch) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(
        "processor : 0\nmodel name\t: Quick 3000\nmodel name\t: Quick 3000\n"
    )
    monkeypatch.setattr(machine, "CPU_INFO", info)
    assert machine.cpu_model() == "Quick 3000"
    monkeypatch.setattr(machine, "CPU_INFO", tmp_path / "none")
    assert machine.cpu_model()


def test_two_lines_for_people() -> None:
    first, second = machine.lines(machine.machine())
    assert "cores of" in first and "GB of memory" in first
    assert second.startswith("python 3.") and "dvc 3." in second
