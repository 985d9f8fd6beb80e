"""What `dvc status` finds, in words; asked of the real DVC."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.explain import dvc_state
from ops.explain.dvc_state import Changes
from ops.pipeline.graph import Graph, Stage

GRAPH = Graph(
    (
        Stage("merge", ("data/staging",), ("merged",)),
        Stage("process", ("merged", "recsys/dataset"), ("processed",)),
        Stage("train", ("processed",), ("model",)),
        Stage("embed", ("merged",), ("vectors",)),
    )
)
DVC_YAML = """
stages:
  a: {cmd: cp raw made, deps: [raw], params: [key], outs: [made]}
  b: {cmd: cp made done, deps: [made], outs: [done]}
"""


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([{"changed deps": {"data/staging": "modified"}}], ["data/staging changed"]),
        ([{"changed deps": {"params.yaml": {"a.b": "modified"}}}], ["a.b changed"]),
        (
            [{"changed deps": {"recsys/als": "modified", "stages/a.py": "modified"}}],
            ["code changed in recsys/als, stages/a.py"],
        ),
        (
            [
                {"changed deps": {"x": "new", "y": "new"}},
                {"changed outs": {"o": "deleted"}},
            ],
            ["it has never run"],
        ),
        (
            [{"changed deps": {"merged": "deleted", "raw": "deleted"}}],
            ["raw is missing"],
        ),
        (
            [{"changed outs": {"o": "not in cache", "p": "deleted"}}],
            ["its results are missing"],
        ),
        ([{"changed outs": {"o": "modified"}}], ["its results were changed by hand"]),
        (["changed command"], ["its command in dvc.yaml changed"]),
        (["what a later DVC may say"], ["what a later DVC may say"]),
    ],
)
def test_in_words(said: list[object], words: list[str]) -> None:
    assert dvc_state.in_words(said, {"merged"}) == words


def test_what_runs_and_what_may_follow_is_that_of_the_target() -> None:
    changes = Changes(
        GRAPH, {"merge": ["data/staging changed"], "embed": ["x changed"]}
    )
    assert changes.sentence(["process"]) == (
        "would run merge (data/staging changed); then process, if its result differs"
    )
    assert changes.rerun([]) == ["merge", "embed"]
    assert changes.follow([]) == ["process", "train"]
    assert Changes(GRAPH, {}).sentence(["train"]) == "nothing new: no stage would run"


def test_many_changes_are_counted() -> None:
    changes = Changes(GRAPH, {"merge": [f"key{number} changed" for number in range(5)]})
    assert "key2 changed, 2 more changes)" in changes.sentence(["merge"])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    root = tmp_path / "project"
    root.mkdir()
    for name, text in (("dvc.yaml", DVC_YAML), ("raw", "1"), ("params.yaml", "key: 1")):
        (root / name).write_text(text)
    dvc(root, "init", "-q", "--no-scm")
    dvc(root, "repro", "-q")
    return root


def dvc(root: Path, *args: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *args], cwd=root, check=True)


def test_a_real_project(project: Path) -> None:
    state = project / "state"
    assert (
        dvc_state.look(project, state).sentence([]) == "nothing new: no stage would run"
    )
    (project / "params.yaml").write_text("key: 2")
    (project / "done").unlink()
    found = dvc_state.look(project, state)
    assert found.sentence([]) == (
        "would run a (key changed), b (its results are missing)"
    )
    assert found.sentence(["a"]) == "would run a (key changed)"


def test_what_dvc_refuses_is_said_and_nothing_is_claimed(project: Path) -> None:
    (project / "dvc.lock").write_text("schema: '2.0'\nstages: [")
    found = dvc_state.look(project, project / "state")
    assert found.unknown.startswith("`dvc status` fails: ")
    assert found.sentence([]).startswith("not known now: ")


def test_while_a_repro_runs_it_is_not_known(project: Path) -> None:
    state = project / "state"
    with lock.hold(state / "repro.lock", "a repro", {"pid": 1}):
        found = dvc_state.look(project, state)
    assert found.unknown == "a repro runs; ask again when it has ended"


def test_without_dvc_yaml_it_says_how_to_get_it_back(tmp_path: Path) -> None:
    found = dvc_state.look(tmp_path, tmp_path / "state")
    assert "git checkout dvc.yaml" in found.unknown
