"""A file that a stage reads, and somebody changes while it runs: what is recorded is made of it."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.pipeline import edits
from ops.pipeline.edits import Edits, Seen
from recsys.files.atomic import write_text
from recsys.program import machine_room
from tests.ops.pipeline.dvc_project import began, dvc, empty

# reads, writes down that it has begun, waits for another, lets somebody edit, writes
STAGE = """\
import os, pathlib, sys, time
name, reads, other = sys.argv[1:]
text = pathlib.Path(reads).read_text()
rate = pathlib.Path("params.yaml").read_text()
with open("began", "a") as began:
    began.write(name + "\\n")
while other and other not in open("began").read().split():
    time.sleep(0.01)
who, what, times = os.environ.get("EDITS", "- - 0").split()
if who == name and open("began").read().split().count(name) <= int(times):
    with open(what, "a") as edited:
        edited.write("more: 1\\n")
pathlib.Path(name + ".part").write_text(text + rate)
os.replace(name + ".part", name)
"""
GRAPH = """\
stages:
  left:
    cmd: python stage.py left raw "$OTHER"
    deps: [raw, stage.py]
    params: [rate]
    outs: [{left: {persist: true}}]
  right:
    cmd: python stage.py right knob/value ""
    deps: [knob, stage.py]
    outs: [{right: {persist: true}}]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = empty(tmp_path, monkeypatch)
    monkeypatch.setenv("OTHER", "")
    for name, text in {
        "dvc.yaml": GRAPH,
        "stage.py": STAGE,
        "raw": "raw\n",
        "knob/value": "knob\n",
        "params.yaml": "rate: 1\n",
    }.items():
        write_text(folder / name, text)
    return folder


def repro(project: Path) -> "subprocess.CompletedProcess[str]":
    return dvc(project, "repro")


def test_it_runs_again_and_the_next_repro_has_nothing_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITS", "left raw 1")
    done = repro(project)
    assert done.returncode == 0, done.stderr
    assert (
        "left: raw has changed while it ran: it runs again\n"
        in done.stdout + done.stderr
    )
    assert began(project).count("left") == 2 and began(project).count("right") == 1
    assert (project / "left").read_text().startswith("raw\nmore: 1\n")
    monkeypatch.delenv("EDITS")
    assert "up to date" in repro(project).stdout
    assert began(project).count("left") == 2


@pytest.mark.skipif(machine_room.cores() < 2, reason="stages run at once on two cores")
def test_so_does_one_that_has_begun_before_its_turn(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "right")  # left edits when right has read
    monkeypatch.setenv("EDITS", "left knob/value 1")
    done = repro(project)
    assert done.returncode == 0, done.stderr
    assert "right: knob/value has changed while it ran" in done.stdout + done.stderr
    assert began(project) == ["left", "right", "right"] or began(project) == [
        *("right", "left", "right")
    ]
    assert "more: 1" in (project / "right").read_text()


@pytest.mark.parametrize("module", ["tests.ops.pipeline.roomy_dvc", "dvc"])
def test_a_param_counts_by_its_value(
    project: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setenv("EDITS", "left params.yaml 1")  # a key that no stage has
    assert dvc(project, "repro", module=module).returncode == 0
    assert began(project).count("left") == 1


def test_what_never_stands_still_fails_and_is_not_recorded(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITS", "left raw 99")
    done = repro(project)
    assert done.returncode != 0
    assert began(project).count("left") == edits.RUNS
    assert "left: raw has changed in each of 3 runs; let it stand still" in (
        done.stdout + done.stderr
    )
    assert "exited with 3" in done.stderr
    lock = project / "dvc.lock"
    assert not lock.exists() or "left" not in lock.read_text()


def test_what_came_went_or_is_another_file_has_changed() -> None:
    before = Seen({"a": (1, 2, 3), "b": (1, 2, 3), "c": (1, 2, 3)}, {"p.yaml x": 1})
    after = Seen({"a": (1, 2, 3), "b": (1, 2, 4), "d": (1, 2, 3)}, {"p.yaml x": None})
    assert edits.changes(before, after) == ["b", "c", "d", "p.yaml x"]
    assert edits.changes(before, before) == []


def test_the_reference_that_drift_makes_itself_is_no_edit() -> None:
    none = Seen({"data/reference/.gitkeep": (1, 0, 1)}, {})
    first = Seen({**none.files, "data/reference/reference.json": (1, 2, 3)}, {})
    later = Seen({**none.files, "data/reference/reference.json": (2, 2, 4)}, {})
    assert edits.changes(none, first) == []
    assert edits.changes(first, later) == ["data/reference/reference.json"]


class Dep(SimpleNamespace):
    """As DVC names one."""

    def __str__(self) -> str:
        return str(self.fs_path)


def test_where_drops_wait_a_stage_runs_in_any_case(monkeypatch) -> None:
    waiting = {"data/staging": True, "data/raw": True}
    monkeypatch.setattr(edits.left_over, "is_any", lambda path: waiting[str(path)])
    own = Edits.reproducing(lambda _, **named: named["force"])
    raw, staging = Dep(fs_path="data/raw"), Dep(fs_path="data/staging")
    assert own(SimpleNamespace(deps=[raw, staging]), force=False)
    assert not own(SimpleNamespace(deps=[raw]), force=False)
    waiting["data/staging"] = False
    assert not own(SimpleNamespace(deps=[raw, staging]), force=False)
