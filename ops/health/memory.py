"""What the health job has seen before: sizes day by day, and files whose content it knows.

reads and writes  state/health.json     written by the job only; deleting it costs the growth, and
                                        the time to read the files once

A look by hand reads it and writes nothing.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.files.atomic import parse_json, write_json

FILE = "health.json"
MOST_DAYS = 60


class Seen(BaseModel):
    """A file whose hash is known as long as size and time stay."""

    model_config = ConfigDict(frozen=True, strict=True)

    size: int
    mtime_ns: int
    md5: str


class Sizes(BaseModel):
    """Bytes by place, on one day."""

    model_config = ConfigDict(frozen=True, strict=True)

    at: str  # ISO 8601 UTC
    sizes: dict[str, int]

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


class Memory(BaseModel):
    """state/health.json."""

    model_config = ConfigDict(strict=True)

    files: dict[str, Seen] = {}
    days: list[Sizes] = []  # oldest first, one a day


def read(state: Path) -> Memory:
    """What is remembered; nothing if there is no such file, or if it is torn."""
    try:
        content: Any = parse_json((state / FILE).read_bytes())
        return Memory.model_validate(content)
    except (OSError, ValueError, ValidationError):
        return Memory()


def write(state: Path, memory: Memory) -> None:
    """Keep it, whole or not at all; on a disk that refuses to write it is forgotten: what was
    looked at is not ill for that.
    """
    with suppress(OSError):
        write_json(state / FILE, memory.model_dump())


def with_sizes(days: list[Sizes], sizes: dict[str, int], now: datetime) -> list[Sizes]:
    """The days with today's sizes: the first ones of a day stay."""
    if days and days[-1].moment.date() >= now.date():
        return days
    return [*days, Sizes(at=now.isoformat(), sizes=sizes)][-MOST_DAYS:]
