"""What was alerted and whether it has left: `python runner.py alerts [--test]`.

reads   state/alerts.db, SHOP_ALERT_URLS, state/alerts.urls, params.yaml (alerts, runner.zone)
writes  nothing; with --test a notice, which is delivered at once
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.alerts import message, outbox, receivers, send, settings
from ops.alerts.outbox import Cause, Notice
from ops.terminal import aligned, printable
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError, ServiceError

TEXT = "A test: alerts of this shop arrive here."
STATUS = {"open": "waits", "sent": "delivered", "kept": "not sent"}
SHOWN = 20


def collect(state: Path, last: int) -> dict[str, Any]:
    """What is ill, the last notices, and who is told. StoreError if alerts.db cannot be read."""
    try:
        told = [receiver.name for receiver in receivers.read(state)]
        refused = None
    except ConfigError as error:
        told, refused = [], str(error)
    return {
        "receivers": told,
        "receivers_refused": refused,
        "ill": [asdict(cause) for cause in outbox.causes(state)],
        "notices": [asdict(notice) for notice in outbox.notices(state)[-last:]],
    }


def table(found: Mapping[str, Any], zone: str) -> str:
    """For people: who is told, what is ill, what was said."""
    causes = [Cause(**cause) for cause in found["ill"]]
    notices = [Notice(**notice) for notice in found["notices"]]
    return "\n".join(
        [
            _who(found),
            "",
            *(_ill(causes, zone) if causes else ["Nothing is ill."]),
            "",
            *(_said(notices, zone) if notices else ["Nothing was alerted yet."]),
        ]
    )


def _who(found: Mapping[str, Any]) -> str:
    if found["receivers_refused"]:
        return f"Told: nobody. {found['receivers_refused']}"
    return f"Told: {', '.join(found['receivers']) or receivers.NOBODY}"


def _ill(causes: Sequence[Cause], zone: str) -> list[str]:
    rows = [
        (
            f"  {cause.level}",
            printable(cause.cause),
            f"since {message.local(cause.since, zone)}",
            printable(cause.text),
        )
        for cause in causes
    ]
    return ["Ill now:", *aligned(rows)]


def _said(notices: Sequence[Notice], zone: str) -> list[str]:
    lines = []
    for notice in notices:
        about = f"{notice.kind} {notice.level} {printable(notice.cause)}"
        first = printable(notice.text.partition("\n")[0])
        status = STATUS[notice.status]
        lines.append(f"  {message.local(notice.at, zone)}  {status}  {about}: {first}")
        if notice.reason:
            lines.append(f"{'':20}-> {printable(notice.reason)}{_again(notice, zone)}")
    return ["Said, the newest last:", *lines]


def _again(notice: Notice, zone: str) -> str:
    if notice.status != "open":
        return ""
    return (
        f"; tried {notice.tries} times, again at {message.local(notice.next_at, zone)}"
    )


def test(state: Path, params: Path, now: datetime) -> str:
    """Send a test to all receivers, with what else is due; the outcome in words.

    ConfigError if there is none; ServiceError if one did not take it.
    """
    sender = send.sender(state, params)
    if sender.refused or not sender.to:
        raise ConfigError(sender.refused or receivers.NOBODY)
    number = outbox.test(state, TEXT, now)
    outcome = sender.send(now)
    if outcome.failed:
        told = "; ".join(f"{name}: {why}" for name, why in outcome.failed.items())
        raise ServiceError(f"test {number} was not delivered: {told}")
    return f"Delivered to {', '.join(receiver.name for receiver in sender.to)}."


def main(
    is_test: Annotated[
        bool, typer.Option("--test", help="Send a test alert to all receivers.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    last: Annotated[int, typer.Option(min=1, help="So many notices.")] = SHOWN,
    params: Path = Path(PARAMS_FILE),
    state: Path = Path("state"),
) -> None:
    """Show what is ill, what was alerted, and whether it was delivered.

    Exit 2 if a test finds no receiver, 7 if one does not take it.
    """
    if is_test:
        print(test(state, params, datetime.now(UTC)))
        return
    found = collect(state, last)
    zone = "UTC" if json_ else settings.load(params, state).zone
    print(json.dumps(found, indent=2) if json_ else table(found, zone))


if __name__ == "__main__":
    enter(main, "runner.py alerts")
