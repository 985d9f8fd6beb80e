"""The reference: the events that the live model was trained on, kept as they were then.

writes  FOLDER/reference.json           whose it is, and since when
        FOLDER/events-<hash>.parquet    user_id, product_id, rating, comment_quality, timestamp

They are kept, and not looked up in today's data: there a later purchase of the same product takes
the place of an earlier one. The events come first and have their hash in their name, so that a kill
leaves either reference whole. They stand as in the table that they are taken from, by user: sorted
by time, as they once were, they took several times as long to write and to read.
"""

from contextlib import suppress
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.drift.events import COLUMNS
from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.files.tables import read_table, write_table
from recsys.program.errors import DataError

FILE = "reference.json"
FRESH = "events.parquet"  # until its hash is known
RENEW = "`python runner.py drift --update-reference` makes a new one"
Why = Literal["first run", "deployment", "by hand"]


class Reference(BaseModel):
    """Whose events they are; the fields are the keys of reference.json, in their order."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    why: Why  # what has made it
    model_id: str | None  # None: no model was in production
    until: str  # the newest event, ISO 8601, UTC
    events: int
    users: int
    file: str  # in the same folder


def write(
    folder: Path, events: pl.DataFrame, why: Why, model_id: str | None
) -> Reference:
    """Make these events the reference; the former one goes.

    DataError if there are none.
    """
    if not len(events):
        raise DataError(f"{folder}: no events to make a drift reference of")
    rows = events.select(COLUMNS)
    fresh = folder / FRESH
    write_table(rows, fresh)
    kept = fresh.with_name(f"events-{sha256_of(fresh)[:12]}.parquet")
    fresh.replace(kept)
    newest = rows["timestamp"].max()
    made = Reference(
        why=why,
        model_id=model_id,
        until=newest.isoformat(),  # type: ignore[union-attr]  # a datetime: it is not empty
        events=len(rows),
        users=rows["user_id"].n_unique(),
        file=kept.name,
    )
    write_json(folder / FILE, made.model_dump())
    for former in folder.glob("events-*.parquet"):
        if former.name != kept.name:
            with suppress(FileNotFoundError):
                former.unlink()
    return made


def read(folder: Path) -> Reference | None:
    """The reference of the folder; None if there is none, or one of the form before December 2026,
    a summary without events. DataError if it is torn.
    """
    path = folder / FILE
    if not path.exists():
        return None
    content = read_json(path)
    if isinstance(content, dict) and "rating_share" in content:
        return None
    try:
        return Reference.model_validate(content)
    except ValidationError:
        raise DataError(f"{path}: not a drift reference; {RENEW}") from None


def events_of(folder: Path, reference: Reference) -> pl.DataFrame:
    """Its events. DataError if the file is missing, or is not the one that was written."""
    path = folder / reference.file
    named = reference.file.removeprefix("events-").removesuffix(".parquet")
    if not path.is_file() or sha256_of(path)[:12] != named:
        raise DataError(f"{path}: missing or torn; {RENEW}")
    return read_table(path, COLUMNS)
