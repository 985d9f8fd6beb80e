"""Tables that only save time: whoever deletes one waits longer, and gets the same results.

    NAME.arrow      the table
    NAME.json       the key of all that it is a function of, facts that belong to it, and the hash
                    of both

It is written last, and without a sync: a table that is missing, torn or of another key is as good
as none. One that is read is mapped, not copied.
"""

import logging
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from recsys.files.atomic import (
    TEMP_SUFFIX,
    parse_json,
    sha256_of,
    sha256_of_json,
    write_json,
)
from recsys.files.tables import UNREADABLE

log = logging.getLogger(__name__)

TABLE, FACTS = ".arrow", ".json"


class Kept(NamedTuple):
    """A table, and the facts (JSON) that were kept with it."""

    table: pl.DataFrame
    facts: Any


def read_kept(folder: Path, name: str, key: str) -> Kept | None:
    """What was written with this key; None if there is nothing to rely on."""
    table, facts = folder / f"{name}{TABLE}", folder / f"{name}{FACTS}"
    try:
        found = parse_json(facts.read_bytes())
        if found["key"] != key:
            return None
        if found["sha256"] == _sha256(table, found["facts"]):
            return Kept(pl.read_ipc(table), found["facts"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, *UNREADABLE):
        pass
    log.warning("%s: torn; it is made anew", table)
    return None


def write_kept(folder: Path, name: str, key: str, kept: Kept) -> None:
    """Replace what is kept under this name. A disk that is full costs time only: nothing is kept
    then.
    """
    table, facts = folder / f"{name}{TABLE}", folder / f"{name}{FACTS}"
    part = folder / f".{name}{TEMP_SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # a new file: the former one may be mapped
        kept.table.write_ipc(part, compression="uncompressed")
        digest = _sha256(part, kept.facts)
        part.replace(table)
        write_json(facts, {"key": key, "sha256": digest, "facts": kept.facts})
    except (OSError, *UNREADABLE) as error:
        log.warning("%s: not kept (%s)", table, error)
        with suppress(OSError):
            part.unlink()


def _sha256(table: Path, facts: Any) -> str:
    """Hash of both, 64 hex digits."""
    return sha256_of_json([sha256_of(table), facts])


def keep_only(folder: Path, names: Collection[str]) -> None:
    """Delete all files of the folder but the tables of these names."""
    known = {f"{name}{end}" for name in names for end in (TABLE, FACTS)}
    for path in folder.iterdir() if folder.is_dir() else []:
        if path.name not in known:
            with suppress(OSError):
                path.unlink()
