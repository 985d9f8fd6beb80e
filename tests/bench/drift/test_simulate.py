"""The results page: every part of it, and years that go on from those that are known."""

import json
from pathlib import Path

import pytest

from bench.drift import simulate

QUICK = ["--sizes", "30", "--shops", "sample", "--times", "1", "--resamples", "99"]


def test_years_go_on_from_those_that_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "STEP", 1)
    folder = ["--folder", str(tmp_path)]
    simulate.main([*QUICK, *folder, "--years", "1"])
    found = json.loads((tmp_path / "drift.json").read_text())["tables"]
    assert [row["years"] for row in found["quiet"]] == [1]
    simulate.main([*QUICK, *folder, "--years", "3", "--only", "quiet"])
    again = json.loads((tmp_path / "drift.json").read_text())["tables"]
    assert [row["years"] for row in again["quiet"]] == [3]
    assert again["power"] == found["power"] and len(found["power"]) == 4
    text = (tmp_path / "drift.md").read_text()
    assert "\n## Quiet years\n" in text and "\n## Planted drift\n" in text
    assert "| sample | 30 | 3 |" in text


def test_shares_of_some_years_and_of_others() -> None:
    one = {"shop": "a", "years": 10, "alarm": 0.1}
    other = {"shop": "a", "years": 30, "alarm": 0.3}
    assert simulate.together(one, other) == {"shop": "a", "years": 40, "alarm": 0.25}


def test_an_alarm_in_many_years_stays_one() -> None:
    row = {"years": 10, "alarm": 0.1, "flagged_windows": 0.003}
    for _ in range(49):
        row = simulate.together(row, {**row, "years": 10, "alarm": 0.0})
    assert row == {"years": 500, "alarm": 0.002, "flagged_windows": 0.003}


def test_what_a_peer_said_becomes_a_row() -> None:
    weeks = [
        {"columns": ["stars"], "dataset": False},
        {"columns": ["stars", "product"], "dataset": True},
    ]
    row = simulate._peer_row("sample", 50, "", [weeks, weeks[:1]])
    assert row["stars_windows"] == 1.0 and row["product_windows"] == 0.3333
    assert (row["runs"], row["any_column_runs"], row["dataset_runs"]) == (2, 1.0, 0.5)
