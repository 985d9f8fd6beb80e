"""DVC reads each file once, and does and says the same."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.house.imports import ROOT
from ops.pipeline import dvc_once

DVC_YAML = """
stages:
  a: {cmd: cp raw a, deps: [raw], params: [x], outs: [a]}
  b: {cmd: cp a b, deps: [a], params: [x, y.z], outs: [b]}
  c: {cmd: cp b c, deps: [b], params: [y], outs: [c]}
"""
# how often which file was parsed
COUNTED = """
import runpy, sys
from collections import Counter
from dvc.utils.serialize import _yaml
import dvc.utils.strictyaml as stages
seen, real = Counter(), _yaml.parse_yaml
def parse(text, path, *rest, **named):
    seen[str(path).rpartition("/")[2]] += 1
    return real(text, path, *rest, **named)
_yaml.parse_yaml = stages.parse_yaml = parse
sys.argv = ["dvc", *sys.argv[1:]]
from ops.pipeline import dvc_quietly
code = dvc_quietly.main()
print("parsed", sorted(seen.items()))
sys.exit(code)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q", "--no-scm"], check=True)
    Path("raw").write_text("rows")
    Path("params.yaml").write_text("x: 1\ny: {z: 2}\n")
    Path("dvc.yaml").write_text(DVC_YAML)
    return folder


def run(*command: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False
    )
    return [f"{done.returncode}", *done.stderr.splitlines(), *done.stdout.splitlines()]


def test_with_nothing_to_do_each_file_is_parsed_once(project: Path) -> None:
    run("-m", "dvc", "repro")
    (parsed,) = run("-c", COUNTED, "repro")[-1:]
    assert parsed == "parsed [('dvc.lock', 1), ('dvc.yaml', 1), ('params.yaml', 1)]"


@pytest.mark.parametrize(
    "change",
    [
        "",
        "raw",
        "params.yaml",
        "dvc.yaml",
        "dvc.lock",
        "torn",
    ],
)
@pytest.mark.parametrize("targets", [(), ("b",), ("--single-item", "c"), ("none",)])
def test_it_does_and_says_what_dvc_does(
    project: Path, change: str, targets: tuple[str, ...]
) -> None:
    """Twice from the same state: by DVC itself, and by DVC as it runs here."""
    run("-m", "dvc", "repro")
    if change == "raw":
        Path("raw").write_text("more rows")
    elif change == "params.yaml":
        Path("params.yaml").write_text("x: 1\ny: {z: 3}\n")
    elif change == "dvc.yaml":
        Path("dvc.yaml").write_text(DVC_YAML.replace("cp a b", "cat a > b"))
    elif change == "dvc.lock":
        Path("dvc.lock").unlink()
    elif change == "torn":
        Path("dvc.lock").write_text("schema: '2.0'\nstages: [")
    shutil.copytree(".", "../before", symlinks=True)
    own = run("-m", "dvc", "repro", *targets)
    lock = Path("dvc.lock").read_text() if Path("dvc.lock").exists() else ""
    for name in Path().iterdir():
        shutil.rmtree(name) if name.is_dir() else name.unlink()
    shutil.copytree("../before", ".", symlinks=True, dirs_exist_ok=True)
    ours = run("-m", "ops.pipeline.dvc_quietly", "repro", *targets)
    assert without_hints(ours) == without_hints(own)
    assert (Path("dvc.lock").read_text() if Path("dvc.lock").exists() else "") == lock


def without_hints(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip() and "dvc push" not in line]


def test_what_was_parsed_is_given_as_a_copy() -> None:
    parse = dvc_once.remembering(lambda text, *_: {"a": [text]})
    first: Any = parse("x", "f")
    first["a"].append("changed")
    assert parse("x", "f") == {"a": ["x"]}


def test_other_targets_and_options_are_for_dvc() -> None:
    asked: list[object] = []

    def collect(repo: object, targets: object, *more: object, **named: object) -> str:
        asked.append(targets)
        return "by dvc"

    class Stage:
        path_in_repo = "dvc.yaml"

    class Repo:
        class index:  # noqa: N801 - as DVC names it
            stages = (Stage(),)

    collected = dvc_once.collecting(collect, "dvc.yaml")
    assert collected(Repo, ["dvc.yaml"], recursive=False) == list(Repo.index.stages)
    assert asked == []
    assert collected(Repo, ["a"]) == "by dvc"
    assert collected(Repo, ["dvc.yaml"], recursive=True) == "by dvc"
    Repo.index.stages = ()
    assert collected(Repo, ["dvc.yaml"]) == "by dvc"


def test_what_git_tracks_is_known_by_one_reading_of_its_index(tmp_path: Path) -> None:
    from scmrepo.git import Git
    from scmrepo.git.backend.dulwich import DulwichBackend

    def git(*command: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)

    git("init", "-q")
    names = ("data/a.csv", "data/b/c.csv", "data-old/x", "ắ b", "data.csv")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    backend = Git(str(tmp_path)).backends.backends["dulwich"]
    backend = backend(str(tmp_path)) if isinstance(backend, type) else backend
    asked = [*names, "data", "data/b", "dat", "data-", "data/", "x", "data-old"]
    is_tracked = dvc_once.tracking(DulwichBackend.is_tracked)

    def both() -> list[bool]:
        there = [str(tmp_path / name) for name in asked]
        ours = [is_tracked(backend, path) for path in there]
        assert ours == [DulwichBackend.is_tracked(backend, path) for path in there]
        return ours

    git("add", "data/a.csv", "ắ b")
    assert sum(both()) == 4  # data and data/ too
    git("add", "data-old", "data/b")
    assert sum(both()) == 8
    git("rm", "-q", "--cached", "-r", "data")
    assert sum(both()) == 3
