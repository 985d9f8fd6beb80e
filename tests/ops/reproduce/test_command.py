"""A model of an earlier day is made again from what is left of that day, and compared."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.reproduce import command
from ops.reproduce.record import Stage
from tests.ops.reproduce.worlds import Project
from tests.worlds import snapshot


def reproduce(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.reproduce.command", *arguments],
        cwd=project.root,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def older(project: Project) -> str:
    """A model two states of the data, a change of code and one of params ago."""
    model_id = project.publish()
    for number in (1, 2):
        project.write(f"data/batches/{number}.csv", f"drop {number}\n")
        project.write("recsys/code.py", f"FACTOR = {number + 5}\n")
        project.params(seed=number + 1)
        project.commit()
        assert project.publish() != model_id
    return model_id


def test_a_model_two_states_of_the_data_old_is_the_same(
    project: Project, older: str
) -> None:
    left = project.root / "state/reproduce-killed"
    left.mkdir(parents=True)
    before = snapshot(project.root)
    done = reproduce(project, older)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == (
        f"same: {older} is what its code, params and data make"
    )
    assert "run      train_als\n" in done.stdout
    assert done.stdout.count("same     models/als/") == 3
    assert snapshot(project.root) == before
    assert list((project.root / "state").iterdir()) == []


@pytest.mark.parametrize("arguments", [(), ("--all",)])
def test_without_the_cache_it_is_made_from_the_raw_files(
    project: Project, older: str, arguments: tuple[str, ...]
) -> None:
    if not arguments:
        shutil.rmtree(project.root / ".dvc/cache")
    done = reproduce(project, older, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "run      process, train_als\n" in done.stdout
    assert "same     data/processed/x.txt" in done.stdout


def test_what_is_gone_is_named(project: Project, older: str) -> None:
    shutil.rmtree(project.root / ".dvc/cache")
    project.write("data/raw/a.txt", "another shop\n")
    done = reproduce(project, older)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: {older} cannot be rebuilt: the data of its")
    assert "data/raw (md5 " in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_model_that_is_not_a_function_of_its_inputs_differs(project: Project) -> None:
    """Python's hash of a text is another one in each process."""
    project.write("data/raw/a.txt", "random\n")
    project.write(
        "stages/train_als.py",
        (project.root / "stages/train_als.py")
        .read_text()
        .replace('"random"', '"RANDOM"'),
    )
    project.commit()
    model_id = project.publish()
    done = reproduce(project, model_id)
    assert done.returncode == 3
    assert "differs  models/als/manifest.json" in done.stdout
    assert f"numpy 1.0.0 then, {version('numpy')} now" in done.stdout
    assert f"error: {model_id}: models/als/manifest.json differs" in done.stderr


def test_an_unknown_model_is_exit_2(project: Project) -> None:
    done = reproduce(project, "als-0123456789ab")
    assert done.returncode == 2
    assert "no model 'als-0123456789ab'" in done.stderr


def test_a_stage_that_fails_now_is_said(project: Project) -> None:
    model_id = project.publish()
    md5 = next(
        path
        for path in (project.root / ".dvc/cache").rglob("*")
        if path.is_file() and path.read_text() == "RAW\n"
    )
    md5.write_bytes(b"\xff")
    done = reproduce(project, model_id)
    assert done.returncode == 3
    assert "train_als of that day fails now (exit 1)" in done.stderr
    assert list((project.root / "state").iterdir()) == []


def test_params_with_dots_are_keys_of_their_section() -> None:
    stages = [
        Stage("a", "", (), (), {"process.split": "x", "train_als": {"seed": 1}}),
        Stage("b", "", (), (), {"process.positive_threshold": 4}),
    ]
    assert command.sections(stages) == {
        "process": {"split": "x", "positive_threshold": 4},
        "train_als": {"seed": 1},
    }


def test_what_shows_in_no_byte_is_as_it_is_today(tmp_path: Path) -> None:
    today = tmp_path / "params.yaml"
    today.write_text("engine: {name: spark, blocks: 9, master: yarn}\n")
    tree = {"engine": {"name": "local", "blocks": 2}, "train_als": {"seed": 1}}
    assert command.with_todays_engine(tree, today) == {
        "engine": {"name": "local", "blocks": 2, "master": "yarn"},
        "train_als": {"seed": 1},
    }
    assert command.with_todays_engine({}, today) == {}
