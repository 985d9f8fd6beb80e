"""Room inside of SQLite files that is free, and given back to the disk by VACUUM.

reads and writes  the database
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from ops.cleanup.broom import Broom
from recsys.files import sqlite

KIND = "databases"
LEAST = 1 << 20  # bytes: for less it is not worth the writing


def free(path: Path) -> int:
    """Bytes of pages that nothing stands on; 0 if there is no file that can be read."""
    if not path.is_file() or not path.stat().st_size:
        return 0
    try:
        with closing(sqlite.connect(path, read_only=True)) as database:
            (pages,) = database.execute("PRAGMA freelist_count").fetchone()
            (size,) = database.execute("PRAGMA page_size").fetchone()
    except sqlite3.Error:
        return 0
    return int(pages) * int(size)


def give_back(path: Path, broom: Broom, least: int = LEAST) -> None:
    """Give free room back. A file that somebody writes to just now is left as it is."""
    size = free(path)
    if size < least:
        return
    try:
        if not broom.dry_run:
            with closing(sqlite.connect(path)) as database:
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        broom.say(f"{path}: its free room stays for now ({error})")
        return
    broom.note(KIND, f"free room in {path}", size)
