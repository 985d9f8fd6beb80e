"""What is written of dvc.lock is what DVC writes, byte for byte."""

import copy
import io
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize._yaml import _dump, parse_yaml_for_update

from bench.house.imports import ROOT
from ops.pipeline import lock_entries

STAGE: dict[str, Any] = {
    "cmd": "python -m stages.one " + "--option of/a/long/path " * 9,
    "deps": [{"path": "a b", "hash": "md5", "md5": "1e5", "size": 0, "nfiles": 3}],
    "params": {
        "params.yaml": {
            "one.rate": 1e-05,
            "one.on": True,
            "one.none": None,
            "one.word": "yes",
            "one.text": "ắ: 'x' \"y\"",
            "one.long": "many words " * 20,
            "one.empty": [],
            "one.grid": [0.0, 1, {"x": [1, 2]}, "1.0"],
            "one.lines": "two\n\nlines\n",
        }
    },
    "outs": [{"path": "models/one", "hash": "md5", "md5": "0123.dir", "size": 12}],
}


def by_dvc(text: str, name: str, stage: Any) -> str:
    data = parse_yaml_for_update(text, "dvc.lock")
    data["stages"].update({name: stage})
    written = io.StringIO()
    _dump(data, written)
    return written.getvalue()


def lock(**stages: Any) -> str:
    written = io.StringIO()
    _dump({"schema": "2.0", "stages": stages}, written)
    return written.getvalue()


@pytest.mark.parametrize("name", ["first", "second", "third", "new", "a b: c", "1"])
def test_an_entry_is_put_in_its_place(name: str) -> None:
    text = lock(first=STAGE, second={"cmd": "true"}, third=copy.deepcopy(STAGE))
    changed = {**STAGE, "cmd": "false", "outs": []}
    found = lock_entries.replaced(text, name, changed, _dump)
    assert found == by_dvc(text, name, changed) != text


def test_what_has_not_changed_stays() -> None:
    text = lock(first=STAGE, second={"cmd": "true"})
    assert lock_entries.replaced(text, "first", STAGE, _dump) == text


def test_each_entry_of_our_own_lock_file() -> None:
    text = (ROOT / "dvc.lock").read_text(encoding="utf-8")
    stages = parse_yaml_for_update(text, "dvc.lock")["stages"]
    assert len(lock_entries.entries(text) or ()) == len(stages) > 5
    for name, stage in stages.items():
        assert lock_entries.replaced(text, name, stage, _dump) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "schema: '2.0'\n",
        "schema: '2.0'\nstages:\n",
        "schema: '2.0'\nstages: {}\n",
        "# of the shop\nschema: '2.0'\nstages:\n  a:\n    cmd: true\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: true # why\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: true\ndatasets:\n- name: x\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: tr",
        "schema: '2.0'\nstages:\n    a:\n        cmd: true\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: true\n  a:\n    cmd: true\n",
    ],
)
def test_other_files_are_left_to_dvc(text: str) -> None:
    assert lock_entries.replaced(text, "a", STAGE, _dump) is None


class Stage:
    name = "a"


class Lock:
    """As DVC has it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.relpath = path.name
        self.repo = self.scm_context = self
        self.tracked: list[str] = []

    def track_file(self, path: str) -> None:
        self.tracked.append(path)


def test_it_is_written_where_it_has_changed_and_else_by_dvc(tmp_path: Path) -> None:
    path, own, said = tmp_path / "dvc.lock", [], []
    write = lock_entries.writing(
        lambda _, stages, **named: own.append((len(stages), named)),
        lambda stage, **named: {stage.name: STAGE, **named},
        _dump,
        lambda *words: said.append(words),
    )
    there = Lock(path)
    write(there, [Stage()])
    assert own == [(1, {})]  # there is no file yet
    path.write_text(lock(a={"cmd": "true"}))
    write(there, [Stage(), Stage()], x=1)
    assert own[1:] == [(2, {"x": 1})]
    write(there, [Stage()])
    assert path.read_text() == lock(a=STAGE)
    assert there.tracked == ["dvc.lock"]
    assert said == [("Updating lock file '%s'", "dvc.lock")]
    write(there, [Stage()])
    assert len(said) == len(there.tracked) == 1 and len(own) == 2
