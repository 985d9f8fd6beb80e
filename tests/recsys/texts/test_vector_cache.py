"""The cache of vectors gives back what was put, and stays while another program uses it."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from recsys.files import sqlite
from recsys.program.errors import StoreError
from recsys.texts.vector_cache import VectorCache
from tests.worlds import complains


def test_the_cache_gives_what_was_put_and_nothing_else(tmp_path: Path) -> None:
    vector = np.array([1.5, -2], np.float32)
    with VectorCache(tmp_path / "cache.db") as cache:
        cache.put({"a": vector})
        cache.put({"a": vector * 2, "b": vector})
    with VectorCache(tmp_path / "cache.db") as cache:
        assert {
            key: value.tolist()
            for key, value in cache.get(["a", "b", "c", "a"]).items()
        } == {
            "a": [3, -4],
            "b": [1.5, -2],
        }


def test_a_put_that_fails_keeps_none(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "cache.db") as cache:
        with pytest.raises(AttributeError):
            wrong = {"a": np.ones(2, np.float32), "b": json}
            cache.put(wrong)  # type: ignore[arg-type]  # on purpose
        assert cache.get(["a", "b"]) == {}


def test_a_torn_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "cache.db").write_bytes(b"this is no database, " * 100)
    with VectorCache(tmp_path / "cache.db") as cache:
        cache.put({"a": np.ones(2, np.float32)})
        assert list(cache.get(["a"])) == ["a"]


def test_a_file_that_another_program_holds_is_an_error_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cache.db"
    with VectorCache(path) as cache:
        cache.put({"a": np.ones(2, np.float32)})
    monkeypatch.setattr(sqlite, "BUSY_S", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with complains(StoreError, path, "locked"):
        VectorCache(path)
    holder.close()
    with VectorCache(path) as cache:
        assert list(cache.get(["a"])) == ["a"]


def test_a_full_disk_costs_time_only(tmp_path: Path) -> None:
    with VectorCache(tmp_path / "cache.db") as cache:
        cache.put({"a": np.ones(2, np.float32)})
        cache._db.execute("PRAGMA max_page_count = 1")
        cache.put({"b": np.ones(100_000, np.float32)})
        assert list(cache.get(["a", "b"])) == ["a"]
