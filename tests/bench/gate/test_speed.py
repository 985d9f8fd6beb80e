"""The cost of gate and court, measured on a small shop."""

from pathlib import Path

import pytest

from bench.gate import speed


def test_a_small_shop_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "BUYERS", (40,))
    out = tmp_path / "speed.md"
    sizes = ["--reviews", "900", "--users", "300", "--runs", "1"]
    speed.main([*sizes, "--out", str(out)])
    lines = [line for line in out.read_text().splitlines() if line.startswith("| ")]
    _, gate, court = (line.split(" | ") for line in lines)
    assert gate[0] == "| gate, a new recipe beside the champion"
    assert int(gate[1]) > 50 and float(gate[2]) > 0
    assert court[0].startswith("| court, a hearing of champion, former one")
    assert 20 <= int(court[1]) <= 40


def test_a_failure_is_told(tmp_path: Path) -> None:
    project = speed.make_project(tmp_path / "shop")
    with pytest.raises(RuntimeError, match="no_such_name"):
        speed.spent(project, "no_such_name")
