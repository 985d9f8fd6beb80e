"""What a killed repro leaves in DVC's own files is mended, and nothing else is touched."""

from pathlib import Path

import pytest

from ops.pipeline import dvc_repair

WHOLE = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (WHOLE, True),
        ("", False),
        ("stages:\n  a: [", False),
        ("<<<<<<< HEAD\nschema: '2.0'\n", False),
        ("stages: {}\n", False),
    ],
)
def test_is_whole(text: str, whole: bool) -> None:
    assert dvc_repair.is_whole(text) is whole


def mended(root: Path, *, killed: bool = False) -> list[str]:
    said: list[str] = []
    dvc_repair.mend(root, root / "state", killed, said.append)
    return said


def test_a_lock_file_that_was_cut_short_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(WHOLE)
    assert mended(tmp_path) == []
    (tmp_path / "dvc.lock").write_text("")
    assert mended(tmp_path) == [
        "repair: dvc.lock was cut short; the copy from before that run is back"
    ]
    assert (tmp_path / "dvc.lock").read_text() == WHOLE
    (tmp_path / "dvc.lock").write_text("stages: [")
    mended(tmp_path)
    assert (tmp_path / "dvc.lock").read_text() == WHOLE
    assert (tmp_path / "state" / "dvc.lock.broken").read_text() == "stages: ["


def test_without_a_copy_a_lock_file_that_was_cut_short_goes(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "dvc.lock").write_text("")
    assert mended(tmp_path) == [
        "repair: dvc.lock was cut short and there is no copy; removed, DVC makes it anew"
    ]
    assert not (tmp_path / "dvc.lock").exists()


def test_a_lock_file_that_the_user_removed_stays_away(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(WHOLE)
    mended(tmp_path)
    (tmp_path / "dvc.lock").unlink()
    assert mended(tmp_path) == []
    assert not (tmp_path / "dvc.lock").exists()
    assert not (tmp_path / "state" / "dvc.lock.before").exists()


def test_broken_files_of_dvc_go_and_whole_ones_stay(tmp_path: Path) -> None:
    runs, tmp = tmp_path / ".dvc" / "cache" / "runs" / "ab", tmp_path / ".dvc" / "tmp"
    for folder in (runs, tmp):
        folder.mkdir(parents=True)
    (runs / "empty").touch()
    (runs / "whole").write_text("cmd: x")
    (tmp / "rwlock").write_text('{"/x": {"re')
    assert [line.rsplit("/")[-1] for line in mended(tmp_path)] == [
        "rwlock was cut short; removed",
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
