"""What is looked at for the page, and what is said of what cannot be read."""

import shutil
from pathlib import Path

from bench.house.imports import ROOT
from ops.pages import seen
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import lived
from tests.recsys.drift.test_report import made


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


def test_drift_is_told_by_measure_and_a_former_form_is_a_hole() -> None:
    told = seen.drift_of(made(2, low=0.6))
    assert told["verdict"] == "drift: stars"
    assert told["stars"].startswith("drift: 1 star")
    assert told["new users"].startswith("too little data: no window is over")
    former = seen.tried(lambda: seen.drift_of({"over": ["rating_shift"]}))
    assert former.value is None and "not as it should be" in former.problem
