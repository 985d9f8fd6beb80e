"""One command, one table; the parts are made up."""

import json
from pathlib import Path

import pytest

from bench.speed import report

RANKED = {"sizes": {"9 x 8": {"cpu": {"ours": 1.0, "product": 2.0}, "missing": {}}}}
RANKED["sizes"]["9 x 8"]["missing"] = {"irspack": "not there", "implicit": "nor this"}


@pytest.fixture
def told(monkeypatch, found_graph) -> list[str]:
    """The parts, and those that were run."""
    ran: list[str] = []

    def part(name: str, found: dict) -> None:
        def measured(_: Path, quick: bool) -> dict:
            ran.append(f"{name} quick" if quick else name)
            return found

        monkeypatch.setitem(report.PARTS, name, measured)

    runs = {"shop": "--users 9", "runs": {"whole": 3, "part": 5}}
    part("graph", {**runs, **found_graph})
    part("ranking", RANKED)
    cost = {"wall": 1.0, "cpu": 1.0, "peak": 1}
    part("growth", {"sizes": [{"rows": 5, "costs": {"merge": cost}}]})
    return ran


def test_ratios_stand_first_and_the_same_figures_in_json(
    told, tmp_path, capsys
) -> None:
    assert report.main(["--folder", str(tmp_path)]) == 0
    assert told == ["graph", "ranking"]
    text = (tmp_path / "speed.md").read_text()
    first = text.index("| whole graph / straight script, s | 2.00 |")
    assert first < text.index("## The whole graph") < text.index("## Evaluation")
    assert "Medians of 3 runs" in text and "| 9 x 8 | 1.00 | not there |" in text
    found = json.loads((tmp_path / "speed.json").read_text())
    assert found["graph"]["warm"]["whole graph"]["wall"] == 8.0
    assert found["ranking"]["machine"]["cores"] >= 1 and found["ranking"]["commit"]


def test_a_part_alone_leaves_the_figures_of_the_others(told, tmp_path) -> None:
    (tmp_path / "speed.json").write_text(
        json.dumps({"ranking": {**report.measured("ranking", False), "commit": "old"}})
    )
    assert report.main(["--only", "growth", "--folder", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "speed.json").read_text())
    assert set(found) == {"ranking", "growth"} and found["ranking"]["commit"] == "old"
    assert "Commit old." in (tmp_path / "speed.md").read_text()


def test_scale_adds_growth_and_quick_writes_nothing(told, tmp_path, capsys) -> None:
    assert report.chosen(None, True, False) == ["graph", "ranking", "growth"]
    assert report.main(["--quick", "--folder", str(tmp_path)]) == 0
    assert told == ["graph quick", "ranking quick", "growth quick"]
    assert not list(tmp_path.iterdir()) and "# Speed" in capsys.readouterr().out


def test_a_part_that_fails_says_so_and_the_others_go_on(
    told, tmp_path, monkeypatch
) -> None:
    def fails(_: Path, _quick: bool) -> dict:
        raise RuntimeError("no space\nleft")

    monkeypatch.setitem(report.PARTS, "graph", fails)
    assert report.main(["--folder", str(tmp_path)]) == 1
    assert told == ["ranking"]
    assert "**Failed**: no space left" in (tmp_path / "speed.md").read_text()


@pytest.mark.parametrize("torn", [False, True])
def test_bad_input_is_one_message(torn: bool, tmp_path, capsys) -> None:
    (tmp_path / "speed.json").write_text("{" if torn else "{}")
    only = [] if torn else ["--only", "growht"]
    assert report.main([*only, "--folder", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("bench.speed.report: ") and said.count("\n") == 1


def test_evaluation_is_measured_in_a_process_with_one_thread(monkeypatch) -> None:
    monkeypatch.setattr(report, "TINY_SIZES", ((60, 50),))
    found = report.measured_ranking(Path(), True)
    assert found["sizes"]["60 x 50"]["cpu"]["ours"] > 0
    assert report.one_thread()["OPENBLAS_NUM_THREADS"] == "1"
