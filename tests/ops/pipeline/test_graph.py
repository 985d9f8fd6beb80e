"""The stages of dvc.yaml and their order."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import graph
from recsys.program.errors import ConfigError

TEXT = """
stages:
  late: {cmd: x, deps: [made/b, other], outs: [end]}
  first: {cmd: x, deps: [raw], outs: [made/a: {persist: true}, made/b]}
  beside: {cmd: x, deps: [made], metrics: [m.json: {cache: false}]}
"""


@pytest.fixture
def shop(tmp_path: Path) -> graph.Graph:
    (tmp_path / "dvc.yaml").write_text(TEXT)
    return graph.read(tmp_path)


def test_each_stage_stands_after_those_that_it_needs(shop: graph.Graph) -> None:
    assert shop.names == ["first", "late", "beside"]
    assert shop.stages[0] == graph.Stage("first", ("raw",), ("made/a", "made/b"), "x")


def test_what_a_target_needs_and_what_a_change_reaches(shop: graph.Graph) -> None:
    assert shop.needed(["late"]) == ["first", "late"]
    assert shop.needed([]) == ["first", "late", "beside"]
    assert shop.after(["first"]) == ["late", "beside"]
    assert shop.after(["late"]) == []


def test_a_circle_and_a_stage_without_deps_are_read_all_the_same(
    tmp_path: Path,
) -> None:
    a, b = "a: {cmd: x, deps: [p], outs: [q]}", "b: {cmd: x, deps: [q], outs: [p]}"
    (tmp_path / "dvc.yaml").write_text(f"stages: {{{a}, {b}, c: {{cmd: x}}}}")
    assert graph.read(tmp_path).names == ["c", "a", "b"]


def test_the_shipped_graph_is_gone_over_as_dvc_does() -> None:
    command = [sys.executable, "-m", "dvc", "repro", "--dry", "evaluate"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    wanted = graph.read(ROOT).needed(["evaluate"])
    if not done.returncode:  # a checkout in which nothing was made cannot say
        named = [name for name in wanted if f"'{name}'" in done.stdout]
        assert named == wanted
    trained = ["train_als", "train_bpr", "blend"]
    assert wanted == ["merge", "process", "embed", *trained, "evaluate"]


@pytest.mark.parametrize("text", ["stages: [", "x", "stages: 3", "{}", None])
def test_what_is_no_graph_is_one_message(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "dvc.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"dvc\.yaml: no .*git checkout dvc\.yaml"):
        graph.read(tmp_path)
