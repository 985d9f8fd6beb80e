"""The changes of a run are seen in all of its processes; it is killed before the one asked for."""

import sqlite3
from pathlib import Path

import pytest

from bench.runner import points
from bench.runner.points import Point
from bench.speed.project import HOOK, Project

RUN = """
import os, sqlite3, subprocess, sys
from pathlib import Path
Path("one").write_text("1")
Path("one").rename("state")
subprocess.run([sys.executable, "stage.py"], check=True)
rows = sqlite3.connect("rows.db", isolation_level=None)
rows.execute("INSERT INTO t VALUES (1)")
rows.execute("BEGIN"); rows.execute("INSERT INTO t VALUES (2)"); rows.execute("COMMIT")
handle = os.open("state", os.O_RDWR)
os.ftruncate(handle, 0)
Path("/tmp/elsewhere").exists()
"""
STAGE = """
from pathlib import Path
Path("tmp12ab34cd").mkdir()
Path("tmp12ab34cd").rmdir()
Path("tmp56ef78ab").mkdir()
Path("state").read_text()
"""
CHANGES = [
    "runner.py\topen\tone",
    "runner.py\tos.rename\tstate",
    "stage.py\tos.mkdir\t*",
    "stage.py\tos.rmdir\t*",
    "stage.py\tos.mkdir\t*",
    "runner.py\tsqlite\trows.db",
    "runner.py\tsqlite\trows.db",
    "runner.py\topen\tstate",
    "runner.py\tos.truncate\tstate",
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    hook = made.folder / ".hook" / "sitecustomize.py"
    hook.parent.mkdir(parents=True)
    hook.write_text(HOOK)
    points.hooked(made)
    (made.folder / "runner.py").write_text(RUN)
    (made.folder / "stage.py").write_text(STAGE)
    sqlite3.connect(made.folder / "rows.db").execute("CREATE TABLE t (x)")
    return made


def rows(project: Project) -> list[tuple[int]]:
    table = sqlite3.connect(project.folder / "rows.db")
    return table.execute("SELECT x FROM t ORDER BY x").fetchall()


def test_each_change_is_noted_in_its_order(project: Project, tmp_path: Path) -> None:
    code, found = points.points(project, (), tmp_path / "notes")
    assert code == 0
    assert [point.line for point in found] == CHANGES
    assert [point.often for point in found] == [1, 1, 1, 1, 2, 1, 2, 1, 1]
    assert found[2].program == "stage.py"


@pytest.mark.parametrize("how", ["all", "one"])
def test_it_is_killed_before_that_change(
    project: Project, tmp_path: Path, how: str
) -> None:
    second = Point("runner.py\tsqlite\trows.db", 2)
    assert points.killed_at(project, (), second, how, tmp_path / "notes") is None
    assert rows(project) == [(1,)]
    assert (project.folder / "state").read_text() == "1"


def test_a_process_that_another_has_started_is_killed_alone(
    project: Project, tmp_path: Path
) -> None:
    made = Point("stage.py\tos.mkdir\t*", 2)
    assert points.killed_at(project, (), made, "one", tmp_path / "notes") is None
    said = (project.folder / ".said").read_text()
    assert "CalledProcessError" in said and "SIGKILL" in said


def test_a_change_that_does_not_come_is_told_by_the_exit_code(
    project: Project, tmp_path: Path
) -> None:
    never = Point("stage.py\tos.mkdir\t*", 3)
    assert points.killed_at(project, (), never, "all", tmp_path / "notes") == 0
