"""Drops and batches of a shop in a test: the app that writes, the intake that takes."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recsys.intake import drops
from recsys.intake.batches import Batch, seal, sealed
from recsys.intake.drop_log import Entry
from tests.worlds import DROP_COLUMNS, Shop

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HEADER = DROP_COLUMNS + "\n"
ROW, OTHER = "u,p1,5,good,2024-01-01 10:00:00", "v,p1,4,,2024-01-01 10:00:00"
LONG = 'w,p1,4,"two\nlines",2024-01-01 10:00:00'


def take(shop: Shop, settle_s: float = 0.0) -> list[str]:
    return drops.take(shop.staging, shop.batches, NOW, settle_s)


def text(shop: Shop) -> str:
    """The rows of all batches in their order."""
    found = ""
    for batch in sealed(shop.batches):
        with batch.open() as handle:
            content = handle.read().decode()
        assert content.startswith(HEADER)
        found += content.removeprefix(HEADER)
    return found


def log_lines(shop: Shop, *keys: str) -> list[tuple[Any, ...]]:
    entries = (
        json.loads(line)
        for line in (shop.batches / "ledger.jsonl").read_text().splitlines()
    )
    return [tuple(entry[key] for key in keys) for entry in entries]


def claimed(shop: Shop) -> list[str]:
    folder = shop.staging / ".claimed"
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


@contextmanager
def app(shop: Shop, name: str = "new_interactions.csv") -> Iterator[Any]:
    """A web app that holds its file open."""
    with (shop.staging / name).open("a", encoding="utf-8", buffering=1) as handle:
        yield handle


LATER = NOW + timedelta(days=1)


def put(folder: Path, number: int, content: bytes) -> Batch:
    return seal(
        folder, number, hashlib.sha256(content).hexdigest(), [content[:3], content[3:]]
    )


def entry(batch: str, verdict: str = "sealed", at: datetime = NOW) -> Entry:
    return Entry(at.isoformat(), "a.csv", 1, 1, "0" * 64, batch, verdict)


def facts(folder: Path) -> list[tuple[str, str, bytes, datetime | None]]:
    """All that a reader can see of the batches."""
    found = []
    for batch in sealed(folder):
        with batch.open() as handle:
            found.append((batch.name, batch.sha256, handle.read(), batch.received))
    return found
