"""Vectors by key in an SQLite file. Deleting it changes speed, never results."""

import logging
import sqlite3
from pathlib import Path

import numpy as np

from recsys.files import sqlite
from recsys.program.errors import StoreError

log = logging.getLogger(__name__)


class VectorCache:
    """A store of float32 vectors, whole or absent; a torn file is made anew. StoreError if it
    cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = self._open(path)
        except (
            sqlite3.OperationalError
        ) as error:  # busy: that is no reason to delete it
            raise StoreError(
                f"{path}: {error}; see who uses it, or delete it: only time is lost"
            ) from None
        except sqlite3.DatabaseError:
            log.warning("%s: torn; it is made anew", path)
            path.unlink()
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        database = sqlite.connect(path, create=True)
        try:
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors"
                " (key TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID"
            )
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("torn")
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def __enter__(self) -> "VectorCache":
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def get(self, keys: list[str]) -> dict[str, np.ndarray]:
        """What is known of `keys`."""
        known = {}
        for key in set(keys):
            row = self._db.execute(
                "SELECT vector FROM vectors WHERE key = ?", (key,)
            ).fetchone()
            if row:
                known[key] = np.frombuffer(row[0], dtype="<f4")
        return known

    def put(self, vectors: dict[str, np.ndarray]) -> None:
        """Keep vectors, all or none of them: none on a full disk, that costs time only."""
        rows = [
            (key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()
        ]
        add = "INSERT OR REPLACE INTO vectors VALUES (?, ?)"
        try:
            with sqlite.transaction(self._db):
                self._db.executemany(add, rows)
        except sqlite3.OperationalError as error:
            log.warning("%s: not kept (%s)", self._path, error)
