"""What the stage that a repro most likely runs first imports is loaded beside DVC, which decides
whether it runs.
"""

import os
import time
from pathlib import Path

import psutil
import pytest

from ops.pipeline import beside, copies, foreseen, forks
from tests.ops.pipeline.dvc_project import NOTES, began, dvc, empty, is_of
from tests.waiting import wait_for

GRAPH = """\
stages:
  merge:
    cmd: python -m stages.merge merge raw
    deps: [raw, code]
    outs: [{merge: {persist: true}}]
  process:
    cmd: python -m stages.process process merge
    deps: [merge]
    outs: [{process: {persist: true}}]
  drift:
    cmd: python -m stages.drift drift other
    deps: [other]
    outs: [{drift: {persist: true}}]
"""
STAGE = f"""\
{NOTES}
if __name__ == "__main__":
    note("runs")
    pathlib.Path(sys.argv[1]).write_text("made")
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three stages that have run; `merge` comes first, `drift` needs none of the others."""
    project = empty(tmp_path, monkeypatch)
    for name in ("raw", "code", "stages"):
        (project / name).mkdir()
    (project / "raw/a.csv").write_text("a\n")
    (project / "other").write_text("other\n")
    (project / "dvc.yaml").write_text(GRAPH)
    (project / "stages/__init__.py").touch()
    for name in ("merge", "process", "drift"):
        (project / f"stages/{name}.py").write_text(STAGE)
        (project / name).touch()
    time.sleep(0.02)  # later than the files by the clock of the file system
    (project / "dvc.lock").touch()
    time.sleep(0.02)
    return project


def name_of(shop: Path, *targets: str) -> str | None:
    found = foreseen.first(shop, targets)
    return found and found.name


def test_nothing_is_foreseen_where_nothing_has_changed(shop: Path) -> None:
    assert name_of(shop) is None


def test_a_stage_that_lacks_an_out_is(shop: Path) -> None:
    (shop / "process").unlink()
    assert name_of(shop) == "process"
    assert name_of(shop, "merge") is None
    (shop / "other").write_text("changed\n")
    assert name_of(shop, "process") == "process"
    assert name_of(shop, "drift") == "drift"


@pytest.mark.parametrize("recorded", [True, False])
def test_without_a_record_the_first_is(shop: Path, recorded: bool) -> None:
    if recorded:
        (shop / "raw/a.csv").write_text("b\n")
    else:
        (shop / "dvc.lock").unlink()
    assert name_of(shop) == "merge"


def test_a_file_that_was_moved_there_is_new_whatever_its_date(shop: Path) -> None:
    old = shop / "old.csv"
    old.write_text("of last year\n")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    assert name_of(shop) is None
    old.rename(shop / "raw/old.csv")
    assert name_of(shop) == "merge"


def test_bytecode_is_no_change(shop: Path) -> None:
    (shop / "code/__pycache__").mkdir()
    (shop / "code/__pycache__/a.pyc").touch()
    assert name_of(shop) is None
    (shop / "code/a.py").touch()
    assert name_of(shop) == "merge"


@pytest.mark.parametrize("text", ["stages: [", "stages: 3", None])
def test_a_graph_that_dvc_will_refuse(shop: Path, text: str | None) -> None:
    (shop / "dvc.yaml").unlink()
    if text is not None:
        (shop / "dvc.yaml").write_text(text)
    assert name_of(shop) is None


def test_a_target_that_is_not_there(shop: Path) -> None:
    (shop / "raw/a.csv").write_text("b\n")
    assert name_of(shop, "nothing") is None


@pytest.mark.skipif(not forks.is_possible(), reason="no forks here")
@pytest.mark.parametrize("room", [True, False])
def test_only_one_that_can_be_forked_is_loaded_and_where_there_is_room(
    shop: Path, monkeypatch: pytest.MonkeyPatch, room: bool
) -> None:
    monkeypatch.setattr(beside, "has_room", lambda: room)
    (shop / "raw/a.csv").write_text("b\n")
    assert foreseen.begin(shop, [], {"stages.process"}) is None
    found = foreseen.begin(shop, [], copies.FORKED)
    assert (found is not None) == room
    if found is not None:
        wait_for((shop / "began").exists)
        found.close()
        assert began(shop) == ["merge-loads"]
        assert not (shop / "merge").read_text()


@pytest.mark.parametrize("more", [" > log", " && true", " $HOME", " ~", " 'a b'", " *"])
def test_a_command_in_which_a_shell_has_work_is_left_to_dvc(
    shop: Path, more: str
) -> None:
    text = GRAPH.replace("merge merge raw", f"merge merge raw{more}")
    assert text != GRAPH
    (shop / "dvc.yaml").write_text(text)
    (shop / "raw/a.csv").write_text("b\n")
    assert name_of(shop) == "merge"
    assert foreseen.begin(shop, [], copies.FORKED) is None


@pytest.mark.skipif(not forks.is_possible(), reason="no forks here")
def test_it_loads_beside_dvc_and_runs_if_dvc_says_so(shop: Path) -> None:
    (shop / "dvc.lock").unlink()
    done = dvc(shop, "repro")
    assert done.returncode == 0, done.stderr
    assert began(shop).index("merge-loads") < began(shop).index("merge-runs")
    (shop / "raw/a.csv").write_text("a\n")  # as it was, but newer
    assert name_of(shop) == "merge"
    before = began(shop)
    done = dvc(shop, "repro")
    assert "Stage 'merge' didn't change, skipping" in done.stdout
    assert set(began(shop)[len(before) :]) <= {"merge-loads"}
    assert not [one for one in psutil.process_iter() if is_of(one, shop)]


@pytest.mark.skipif(not forks.is_possible(), reason="no forks here")
def test_the_server_ends_with_a_dvc_that_refuses(shop: Path) -> None:
    (shop / "dvc.lock").unlink()
    (shop / ".dvc/config").write_text("[core]\nno_such_option = 1\n")
    assert dvc(shop, "repro").returncode != 0
    wait_for(lambda: not [one for one in psutil.process_iter() if is_of(one, shop)])
    notes = (shop / "began").read_text() if (shop / "began").exists() else ""
    assert "merge-runs" not in notes
