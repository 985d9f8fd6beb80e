"""What the hook takes for a change, and what it calls a program."""

import os
from pathlib import Path

import pytest

from bench.runner import points_hook
from bench.runner.points_hook import Hook


@pytest.fixture
def hook(tmp_path: Path) -> Hook:
    return Hook(str(tmp_path / "notes"), str(tmp_path / "project"), "", "all")


def noted(hook: Hook, tmp_path: Path, event: str, *arguments: object) -> list[str]:
    (tmp_path / "notes").mkdir()
    hook(event, arguments)
    journal = tmp_path / "notes" / "journal"
    return journal.read_text().splitlines() if journal.exists() else []


@pytest.mark.parametrize(
    ("event", "arguments", "change"),
    [
        ("open", ("{}/state/a.json", "w", os.O_WRONLY), "open\tstate/a.json"),
        ("open", (b"{}/b", None, os.O_RDWR | os.O_CREAT), "open\tb"),
        ("os.rename", ("{}/.a.9f3c21d7.part", "{}/a", -1, -1), "os.rename\ta"),
        ("os.link", ("{}/b", "{}/models/.IOfE-czvw.tmp", -1, -1), "os.link\tmodels/*"),
        (
            "os.rmdir",
            ("{}/logs/train-20261129T0742Z.log", -1),
            "os.rmdir\tlogs/train-*.log",
        ),
        ("open", ("{}/a", "r", os.O_RDONLY), None),
        ("open", (7, "w", os.O_WRONLY), None),
        ("open", ("{}/recsys/__pycache__/x.nbi", "wb", os.O_WRONLY), None),
        ("open", ("{}/../elsewhere", "w", os.O_WRONLY), None),
        ("os.listdir", ("{}",), None),
    ],
)
def test_what_is_a_change(
    hook: Hook,
    tmp_path: Path,
    event: str,
    arguments: tuple[object, ...],
    change: str | None,
) -> None:
    project = str(tmp_path / "project")
    there: list[object] = []
    for one in arguments:
        if isinstance(one, str):
            there.append(one.format(project))
        else:
            there.append(
                one.replace(b"{}", project.encode()) if isinstance(one, bytes) else one
            )
    found = noted(hook, tmp_path, event, *there)
    assert found == ([f"{hook.program}\t{change}"] if change else [])


def test_what_can_change_nothing_is_no_change(hook: Hook, tmp_path: Path) -> None:
    there = tmp_path / "project" / "there"
    there.mkdir(parents=True)
    lock = tmp_path / "project" / "rwlock.lock"
    lock.touch()
    missing = str(tmp_path / "project" / "missing")
    (tmp_path / "notes").mkdir()
    hook("os.mkdir", (str(there), 0o777, -1))
    hook("os.remove", (missing, -1))
    hook("open", (str(lock), "a", os.O_WRONLY | os.O_CREAT))
    assert not (tmp_path / "notes" / "journal").exists()
    hook("os.mkdir", (missing, 0o777, -1))
    hook("os.remove", (str(lock), -1))
    lock.write_text("rows")
    hook("open", (str(lock), "a", os.O_WRONLY | os.O_CREAT))
    journal = (tmp_path / "notes" / "journal").read_text().splitlines()
    assert [line.partition("\t")[2] for line in journal] == [
        "os.mkdir\tmissing",
        "os.remove\trwlock.lock",
        "open\trwlock.lock",
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (["python", "-m", "stages.merge", "data/raw"], "stages.merge"),
        (["python", "-I", "/a/bin/dvc", "repro"], "dvc"),
        (["python"], "python"),
    ],
)
def test_the_name_of_a_program(line: list[str], name: str) -> None:
    assert points_hook.program(line) == name
