"""What is looked at for the page, and what is said of what cannot be read."""

import shutil
from pathlib import Path

from bench.house.imports import ROOT
from ops.pages import seen
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived


def look(root: Path) -> seen.Seen:
    return seen.look(root, root / "params.yaml", NOW)


def test_a_project_that_never_ran_has_nothing_to_say(tmp_path: Path) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    found = look(tmp_path)
    assert found.status.value and found.status.value.live is None
    assert (found.ill.value, found.verdicts.value, found.versions.value) == ([], [], [])
    assert found.merged.value is None and "merge.json" in found.merged.problem
    assert found.pages == {}
    assert {path.name for path in tmp_path.iterdir()} == {"params.yaml"}


def test_one_that_has_lived(tmp_path: Path) -> None:
    root = lived(tmp_path)
    shutil.copytree(ROOT / "metrics", root / "metrics")
    (root / "reports").mkdir()
    (root / "reports/gate.html").touch()
    found = look(root)
    assert found.status.value and found.status.value.live
    assert found.merged.value and found.merged.value["read"] == 6835
    assert found.drift.value
    assert found.pages == {"gate.html": "The last verdict of the gate"}


def test_a_torn_store_leaves_the_rest(tmp_path: Path) -> None:
    root = lived(tmp_path)
    (root / "mlruns").mkdir()
    (root / "mlruns/mlflow.db").write_bytes(b"x" * 4096)
    found = look(root)
    assert found.evaluations.value is None
    assert "restore it from a copy" in found.evaluations.problem
    assert found.verdicts.value == []


def test_a_file_of_another_form_is_a_hole(tmp_path: Path) -> None:
    root = lived(tmp_path)
    (root / "metrics").mkdir()
    (root / "metrics/merge.json").write_text("[1]")
    found = look(root)
    assert found.merged == seen.Found(
        None, "a file that it is read from is not as it should be"
    )
    assert found.odd.value is None


def test_what_is_odd_comes_first() -> None:
    merged = {"odd": {"one_user": 0.001, "one_text": 0.99, "unheard_of": 0.5}}
    found = seen.odd_of(merged, ROOT / "params.yaml")
    assert [(one.name, one.is_over) for one in found] == [
        *(("one_text", True), ("one_user", False))
    ]


def test_a_report_becomes_lines_whatever_it_has() -> None:
    report = {"a_b": 0.12345, "limits": {"x": 1, "y": {"z": [1, 2.5]}}, "over": []}
    assert seen.lines_of(report) == {
        "a b": "0.1235",
        "limits, x": "1",
        "limits, y, z": "1, 2.5",
        "over": "none",
    }
    assert len(seen.lines_of({str(number): number for number in range(1000)})) == 60
