"""Databases and vectors; test_health.py has the torn ones."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ops.health import store
from ops.health.checks import Level
from tests.ops.health.worlds import subject


def test_no_database_yet_is_no_fault(tmp_path: Path) -> None:
    found = store.look(subject(tmp_path))
    assert [(check.name, check.level, check.value) for check in found] == [
        ("databases", "ok", "none yet"),
        ("embeddings", "ok", "no products yet"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_being_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "runner.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE runs (id)")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO runs VALUES (1)")
        assert store.check_databases([path]).level == "ok"


def level(products: str, vectors: str) -> Level:
    return store.check_embeddings(set(products), set(vectors)).level


def test_each_product_has_a_vector() -> None:
    assert level("abc", "abc") == "ok"
    assert level("ab", "abc") == "ok"  # a product that has left the catalogue
    assert level("abc", "ab") == "warning"
    assert level("", "") == "ok"


def test_vectors_that_are_gone_are_critical(well: Path) -> None:
    (well / "data/embeddings/items.npz").unlink()
    found = store.look(subject(well))[1]
    assert (found.level, found.exit_code) == ("critical", 6)
    assert "`python runner.py run embed`" in found.next_step
