"""Which receiver has which notice, so that a try for one does not tell another twice.

A receiver stands in state/alerts.db as a short keyed hash of its URL, which tells nothing of it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ops.alerts import outbox, settings
from ops.alerts.outbox import Notice
from ops.alerts.receivers import Receiver

SALT = "salt"  # the setting that is the key
DIGITS = 8  # hex digits of a mark: too few to prove a guess by


def marks(state: Path, receivers: Sequence[Receiver]) -> dict[Receiver, str]:
    """What stands for each receiver."""
    with outbox.writing(state) as connection:
        query = "SELECT value FROM settings WHERE name = ?"
        found = connection.execute(query, (SALT,)).fetchone()
        salt = found[0] if found else secrets.token_hex(16)
        settings.put(connection, SALT, salt)
    return {receiver: _mark(receiver, bytes.fromhex(salt)) for receiver in receivers}


def _mark(receiver: Receiver, salt: bytes) -> str:
    digest = hmac.new(salt, receiver.url.encode(), hashlib.sha256)
    return digest.hexdigest()[:DIGITS]


def pairs(state: Path) -> set[tuple[int, str]]:
    """Number of a notice and mark of a receiver that has it."""
    query = "SELECT notice, receiver FROM deliveries"
    return {(notice, mark) for notice, mark in outbox.rows(state, "deliveries", query)}


def note(state: Path, mark: str, notices: Sequence[Notice], now: datetime) -> None:
    """Write down that a receiver has them."""
    at = outbox.stamp(now)
    with outbox.writing(state) as connection:
        connection.executemany(
            "INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)",
            [(notice.id, mark, at) for notice in notices],
        )
