"""Deliver what waits in the outbox: `python -m ops.alerts.send`, started by the runner's loop.

reads   params.yaml (alerts, runner.zone), SHOP_ALERT_URLS, state/alerts.urls
writes  state/alerts.db (what has left, and why what has not), state/alerts.lock

All that is due goes to a receiver as one message. What one receiver has is noted, so that a try for
the sake of another does not tell it twice; only a kill between a delivery and its note can. What
fails waits longer each time, and is given up after `alerts.give_up_hours`.

Exit code: 0, or 7 if something could not be delivered.
"""

import os
import platform
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ops import lock
from ops.alerts import delivered, message, outbox, receivers, settings
from ops.alerts.deliver import Letter, Taken, deliver
from ops.alerts.outbox import LEVELS, Notice, stamp
from ops.alerts.receivers import NOBODY, Receiver
from ops.alerts.settings import Params, Settings
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, ServiceError

Deliver = Callable[[Sequence[Letter], float, Taken], list[str]]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DIGEST_FROM = "digest_from"  # the setting: the last notice that a digest told of
BELOW = "below alerts.min_level"


@dataclass
class Outcome:
    """What became of the notices that were due."""

    sent: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # receiver's name: why


@dataclass(frozen=True)
class Sender:
    """Who delivers, by which settings, to whom."""

    state: Path
    settings: Settings
    to: Sequence[Receiver]
    refused: str = ""  # why nobody can be told
    deliver: Deliver = deliver
    place: str = ""

    def send(self, now: datetime) -> Outcome:
        """Deliver what is due. InstanceError if another process does."""
        facts = {"pid": os.getpid()}
        with lock.hold(self.state / "alerts.lock", "a delivery of alerts", facts):
            due = self._prepared(now)
            if not due:
                return Outcome()
            if self.refused:
                why = {notice.id: self.refused for notice in due}
                self._note(due, why, now)
                return Outcome(failed={"receivers": self.refused})
            return self._tell(due, now)

    # ---- what is due ----
    def _prepared(self, now: datetime) -> list[Notice]:
        """The notices to deliver now; those that nobody is to get are put aside."""
        self._add_digest(now)
        with outbox.writing(self.state) as connection:
            outbox.follow_clock(connection, now)
            settings.keep(connection, self.settings, now)
            _forget(connection, now - self.settings.alerts.keep_days * DAY)
        due = [
            notice
            for notice in outbox.notices(self.state)
            if notice.status == "open" and notice.next_at <= stamp(now)
        ]
        aside = {notice.id: self._why_not(notice) for notice in due}
        self._put_aside(aside)
        return [notice for notice in due if not aside[notice.id]]

    def _why_not(self, notice: Notice) -> str:
        """Why nobody is to get it; "" if somebody is."""
        least = LEVELS.index(self.settings.alerts.min_level)
        is_wanted = notice.kind in ("test", "digest")
        if not is_wanted and LEVELS.index(notice.level) < least:
            return BELOW
        return "" if self.to or self.refused else NOBODY

    def _put_aside(self, why: dict[int, str]) -> None:
        rows = [(reason, number) for number, reason in why.items() if reason]
        if not rows:
            return
        with outbox.writing(self.state) as connection:
            connection.executemany(
                "UPDATE notices SET status = 'kept', reason = ? WHERE id = ?", rows
            )

    def _add_digest(self, now: datetime) -> None:
        """Write the digest that is due, if one is."""
        query = "SELECT name, value FROM settings"
        kept = dict(outbox.rows(self.state, "settings", query))
        due = kept.get(outbox.DIGEST_AT)
        if due is None or due > stamp(now) or self.settings.next_digest(now) is None:
            return
        since = datetime.fromisoformat(kept.get(DIGEST_FROM, stamp(now - DAY)))
        since = since if since <= now else now - DAY  # the clock was set back
        said = [
            notice
            for notice in outbox.notices(self.state)
            if notice.at > stamp(since) and notice.kind not in ("digest", "test")
        ]
        zone = self.settings.zone
        text = message.digest(outbox.causes(self.state), said, zone, now - since)
        values = stamp(now), "daily", "digest", "info", text, stamp(now)
        with outbox.writing(self.state) as connection:
            connection.execute(outbox.KEEP_NOTICE, values)
            settings.put(connection, DIGEST_FROM, stamp(now))
            connection.execute(
                "DELETE FROM settings WHERE name = ?", (outbox.DIGEST_AT,)
            )

    # ---- telling ----
    def _tell(self, due: Sequence[Notice], now: datetime) -> Outcome:
        marks = delivered.marks(self.state, self.to)
        mail = self._mail(due, marks)
        letters = [
            (receiver, message.of(notices, self.place, self.settings.zone))
            for receiver, notices in mail
        ]
        of = dict(mail)

        def taken(receiver: Receiver) -> None:
            delivered.note(self.state, marks[receiver], of[receiver], now)

        reasons = self.deliver(letters, self.settings.alerts.timeout_s, taken)
        why: dict[int, str] = {}
        outcome = Outcome()
        for (receiver, notices), reason in zip(mail, reasons, strict=True):
            if reason:
                outcome.failed[receiver.name] = reason
                why |= {notice.id: f"{receiver.name}: {reason}" for notice in notices}
        self._note(due, why, now)
        outcome.sent = sum(notice.id not in why for notice in due)
        return outcome

    def _mail(
        self, due: Sequence[Notice], marks: dict[Receiver, str]
    ) -> list[tuple[Receiver, list[Notice]]]:
        """What each receiver has not got yet; who has all is left out."""
        has = delivered.pairs(self.state)
        mail = [
            (receiver, [one for one in due if (one.id, mark) not in has])
            for receiver, mark in marks.items()
        ]
        return [(receiver, notices) for receiver, notices in mail if notices]

    def _note(self, due: Sequence[Notice], why: dict[int, str], now: datetime) -> None:
        """Write down what has left, and why what has not."""
        params = self.settings.alerts
        rows = [after(notice, why.get(notice.id, ""), params, now) for notice in due]
        with outbox.writing(self.state) as connection:
            connection.executemany(
                "UPDATE notices SET status = ?, tries = ?, next_at = ?, reason = ? WHERE id = ?",
                rows,
            )


def after(
    notice: Notice, why: str, params: Params, now: datetime
) -> tuple[str, int, str, str, int]:
    """Status, tries, next try, reason and number of a notice after a try; `why` it failed."""
    tries = notice.tries + 1
    if not why:
        return "sent", tries, notice.next_at, "", notice.id
    age = now - datetime.fromisoformat(notice.at)
    if age > params.give_up_hours * HOUR:
        given_up = f"given up after {params.give_up_hours:g} h: {why}"
        return "kept", tries, notice.next_at, given_up, notice.id
    return "open", tries, stamp(now + params.wait(tries)), why, notice.id


def _forget(connection: sqlite3.Connection, before: datetime) -> None:
    """Take out what left, or was put aside, before this moment."""
    old = "SELECT id FROM notices WHERE status != 'open' AND at < ?"
    for table, column in (("deliveries", "notice"), ("notices", "id")):
        delete = f"DELETE FROM {table} WHERE {column} IN ({old})"  # noqa: S608 - constants
        connection.execute(delete, (stamp(before),))


def sender(state: Path, params: Path) -> Sender:
    """By params.yaml, the environment and state/alerts.urls."""
    found = settings.load(params, state)
    place = f"{params.resolve().parent.name} on {platform.node()}"
    try:
        return Sender(state, found, receivers.read(state), place=place)
    except ConfigError as error:
        return Sender(state, found, (), str(error), place=place)


def main(
    params: Annotated[Path, typer.Option(help="With the section alerts.")] = Path(
        PARAMS_FILE
    ),
    state: Path = Path("state"),
) -> None:
    """Deliver the alerts that wait."""
    now = datetime.now(UTC)
    if not outbox.waiting(state, now):
        print("no alert waits")
        return
    outcome = sender(state, params).send(now)
    if outcome.failed:
        told = "; ".join(f"{name}: {why}" for name, why in outcome.failed.items())
        raise ServiceError(f"not delivered, tried again later: {told}")
    print(f"{outcome.sent} delivered")


if __name__ == "__main__":
    enter(main)
