"""What a killed repro leaves in DVC's own files is mended, and nothing else is touched."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.pipeline import dvc_repair
from recsys.files.atomic import half_written


def mended(root: Path, *, killed: bool = False) -> list[str]:
    said: list[str] = []
    dvc_repair.mend(root, root / "state", killed, said.append)
    return said


def test_broken_files_of_dvc_go_and_whole_ones_stay(tmp_path: Path) -> None:
    runs, tmp = tmp_path / ".dvc" / "cache" / "runs" / "ab", tmp_path / ".dvc" / "tmp"
    for folder in (runs, tmp):
        folder.mkdir(parents=True)
    (runs / "empty").touch()
    (runs / "whole").write_text("cmd: x")
    (tmp / "rwlock").write_text('{"/x": {"re')
    assert [line.rsplit("/")[-1] for line in mended(tmp_path)] == [
        "rwlock was cut short, or is not what DVC writes; removed",
        "empty was empty; removed",
    ]
    (tmp / "rwlock").write_text("{}")
    assert mended(tmp_path) == []
    assert (tmp / "rwlock").read_text() == "{}"
    assert sorted(path.name for path in runs.iterdir()) == ["whole"]


def test_temp_files_go_after_a_kill_only_and_only_dvcs(tmp_path: Path) -> None:
    names = [
        ".dvc/cache/files/.Ab3dEf6hIj9kLmNoPqRsTu.tmp",
        "data/.Ab3dEf6hIj9kLmNoPqRsTu.tmp",
        ".git/.Ab3dEf6hIj9kLmNoPqRsTu.tmp",
        "data/.notes.tmp",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert mended(tmp_path) == []
    assert len(mended(tmp_path, killed=True)) == 2
    assert [name for name in names if (tmp_path / name).exists()] == names[2:]


def test_half_written_files_of_a_killed_repro_go(tmp_path: Path) -> None:
    own = [
        tmp_path / "dvc.lock",
        *(tmp_path / "state" / name for name in dvc_repair.OWN),
    ]
    others = [tmp_path / "state" / name for name in ("runner.db", "other.json")]
    halves = [half_written(path) for path in (*own, *others)]
    (tmp_path / "state").mkdir()
    for half in halves:
        half.touch()
    assert mended(tmp_path) == []
    assert len(mended(tmp_path, killed=True)) == len(own)
    assert [half for half in halves if half.exists()] == halves[len(own) :]


def rwlock(root: Path, table: object) -> Path:
    path = root / ".dvc" / "tmp" / "rwlock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table))
    return path


def of(*pids: int) -> dict[str, Any]:
    infos = [{"pid": pid, "cmd": "dvc repro"} for pid in pids]
    return {"write": {"/x": infos[0]}, "read": {"/y": infos[1:]}}


@pytest.mark.parametrize("pids", [(1,), (os.getpid(),), (2**30, 1), (-1,), (0, 2**70)])
def test_a_lock_of_a_process_that_is_no_dvc_of_this_project_goes(
    tmp_path: Path, pids: tuple[int, ...]
) -> None:
    path = rwlock(tmp_path, of(*pids))
    assert mended(tmp_path) == [
        f"repair: {path} names processes that are no dvc of this project; removed"
    ]
    assert not path.exists()


@pytest.mark.parametrize(
    "table",
    [
        [],
        1,
        {"version": 2, "locks": []},
        {"write": []},
        {"write": {"/x": [{"pid": 1, "cmd": "x"}]}},
        {"write": {"/x": {"pid": "1", "cmd": "x"}}},
        {"read": {"/x": [{"pid": 1}]}},
        {"read": {"/x": {"pid": 1, "cmd": "x"}}},
        {"write": {"/x": {}}},
    ],
)
def test_a_table_of_another_schema_goes(tmp_path: Path, table: object) -> None:
    path = rwlock(tmp_path, table)
    assert len(mended(tmp_path)) == 1
    assert not path.exists()


def test_a_folder_in_the_place_of_the_table_goes(tmp_path: Path) -> None:
    (tmp_path / ".dvc/tmp/rwlock/a").mkdir(parents=True)
    assert len(mended(tmp_path)) == 1
    assert not (tmp_path / ".dvc/tmp/rwlock").exists()


def test_the_lock_of_a_living_dvc_of_this_project_stays(tmp_path: Path) -> None:
    living = {}
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
        living[name] = subprocess.Popen(
            [sys.executable, "-c", "input()", "dvc"],
            cwd=tmp_path / name,
            stdin=subprocess.PIPE,
        )
    here, elsewhere = living["here"].pid, living["elsewhere"].pid
    try:
        path = rwlock(tmp_path / "here", of(1, here))
        assert mended(tmp_path / "here") == []
        assert path.exists()
        path = rwlock(tmp_path / "here", of(elsewhere))
        assert len(mended(tmp_path / "here")) == 1
        assert not path.exists()
    finally:
        for process in living.values():
            process.communicate(b"\n")
