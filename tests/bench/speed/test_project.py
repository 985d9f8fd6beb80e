"""A copy of the repository that is run and measured."""

import json
import subprocess
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from bench.speed.project import Line, Project, make_project, tracked
from recsys.shop_csv import contract


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    return make_project(folder, "--users", "20", "--products", "12")


def test_the_shop_is_the_samples_where_there_are_no_other_files(
    project: Project, tmp_path: Path
) -> None:
    assert project.shop == project.raw
    bare = Project(tmp_path)
    bare.raw.mkdir(parents=True)
    assert bare.shop == tmp_path / "data/sample"


def test_the_copy_has_the_tracked_files_and_a_shop_of_its_own(project) -> None:
    names = {path.name for path in project.raw.iterdir()}
    assert names == {table.file for table in contract.RAW}
    assert (project.folder / "data/sample/data_product.csv").is_file()
    reviews = project.raw / "data_reviews_purchase.csv"
    assert reviews.stat().st_size < 20_000
    assert (project.folder / "runner.py").read_bytes() == (
        ROOT / "runner.py"
    ).read_bytes()
    assert not list(project.folder.rglob("__pycache__"))


def test_a_run_says_what_its_processes_took(project) -> None:
    code = (
        "import subprocess, sys, colorsys; subprocess.run([sys.executable, '-c', ''])"
    )
    cost = project.run("-c", code)
    child, parent = project.lines()
    assert child.program == ["-c", ""] and parent.program == ["-c", code]
    assert 0 < child.cost.wall < parent.cost.wall <= cost.wall + 0.1
    assert "colorsys" in parent.modules and "colorsys" not in child.modules
    assert project.stages() == {}


def test_stages_are_told_from_other_programs(project) -> None:
    project.run("-m", "stages.check")
    (line,) = project.lines()
    assert line.stage == "check" and "pydantic" in line.modules
    assert project.stages() == {"check": line.cost}
    assert Line(["-m", "dvc"], line.cost, []).stage is None


def test_a_wiped_copy_keeps_the_shop_and_if_wanted_the_kernels(project) -> None:
    made = project.folder / "recsys" / "__pycache__" / "kernel.nbi"
    made.parent.mkdir(exist_ok=True)
    made.write_text("compiled")
    (project.folder / "state").mkdir()
    (project.folder / "params.yaml").write_text("changed")
    project.wipe()
    assert made.exists() and not (project.folder / "state").exists()
    assert (project.folder / "params.yaml").read_text() != "changed"
    project.wipe(keep_kernels=False)
    assert not made.exists() and list(project.raw.iterdir())


def test_a_program_that_fails_says_what_it_said(project) -> None:
    with pytest.raises(RuntimeError, match="odd"):
        project.run("-c", "raise SystemExit('odd')")


def test_only_the_last_run_is_in_the_ledger(project: Project) -> None:
    for code in ("1", "2"):
        project.run("-c", code)
    assert [json.dumps(line.program) for line in project.lines()] == ['["-c", "2"]']


def test_tracked_files_are_those_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for name in ("in", "out"):
        (tmp_path / name).write_text(name)
    subprocess.run(["git", "add", "in"], cwd=tmp_path, check=True)
    assert tracked(tmp_path) == ["in"]
