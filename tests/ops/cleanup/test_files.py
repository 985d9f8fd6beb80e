"""Logs, checkpoints, leftovers and empty folders: what goes, and what stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.cleanup import files

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _touch(path: Path, days_old: float, text: str = "12345") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    moment = (NOW - timedelta(days=days_old)).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_logs_older_than_the_limit(tmp_path: Path) -> None:
    old = _touch(tmp_path / "logs/2026/a.log", 30.001)
    _touch(tmp_path / "logs/b.log", 30)
    (tmp_path / "logs/link.log").symlink_to(old)
    assert files.old_logs(tmp_path / "logs", NOW, 30) == [old]
    assert files.old_logs(tmp_path / "nowhere", NOW, 30) == []


def test_checkpoints_beyond_the_newest_of_each_type(tmp_path: Path) -> None:
    als = [
        _touch(tmp_path / f"als/checkpoints/{number}.npz", 10 - number)
        for number in range(5)
    ]
    bpr = [tmp_path / "bpr/checkpoints" / name for name in "abcd"]
    for number, folder in enumerate(bpr):
        folder.mkdir(parents=True)
        os.utime(folder, (number, number))
    _touch(tmp_path / "als/item_factors.npy", 99)
    assert files.extra_checkpoints(tmp_path, 3) == [*als[:2], bpr[0]]


def test_what_a_kill_left_goes_after_a_day(tmp_path: Path) -> None:
    state, cache = tmp_path / "state", tmp_path / "data/cache"
    old = [
        _touch(state / "dvc.lock.broken", 2),
        _touch(state / "said/train-1.json", 2),
        _touch(cache / ".quality.bin.part", 2),
        _touch(cache / "merge/.a.part", 1.1),
        _touch(state / "said/.train-2.json.part", 2),
    ]
    for path, age in (
        (state / "runner.db", 99),
        (cache / "quality.bin", 99),
        (cache / ".vectors.part", 0.5),
        (state / "said/train-3.json", 0.5),
    ):
        _touch(path, age)
    assert files.left_over(state, cache, NOW) == old
    folder = state / "reproduce-x"
    folder.mkdir()
    assert folder not in files.left_over(state, cache, NOW)
    os.utime(folder, (0, 0))
    assert folder in files.left_over(state, cache, NOW)


def test_caches_that_no_setting_reads(tmp_path: Path) -> None:
    for name in ("vectors.db", "vectors.db-wal", "quality.bin", "quality.learned.npz"):
        _touch(tmp_path / name, 0)

    def unused(encoder: str, scorer: str) -> list[str]:
        found = files.unused_caches(tmp_path, encoder, scorer)
        return [path.name for path in found]

    assert unused("transformer", "reviews") == []
    assert unused("lexical", "transformer") == ["vectors.db", "vectors.db-wal"]
    assert unused("transformer", "simple") == ["quality.bin", "quality.learned.npz"]
    assert unused("", "") == []


def test_empty_folders_the_deepest_first(tmp_path: Path) -> None:
    for name in ("a/b/c", "a/d", "e/f"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "e/file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    found = [
        path.relative_to(tmp_path).as_posix()
        for path in files.empty_folders(tmp_path, set())
    ]
    assert found[0] == "a/b/c"
    assert sorted(found) == ["a", "a/b", "a/b/c", "a/d", "e/f"]
    gone = {tmp_path / "e/file", tmp_path / "a"}
    found = files.empty_folders(tmp_path, gone)
    assert found == [tmp_path / "e/f", tmp_path / "e"]
