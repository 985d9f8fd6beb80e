"""Messages to receivers, through apprise: all at the same time, and no longer than a limit.

A receiver that hangs is left behind in its thread, which ends with the process. Redirects are not
followed: they would carry what is secret elsewhere, and turn a message into a mere look.
"""

import logging
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlsplit

from ops.alerts.message import Message
from ops.alerts.outbox import Level
from ops.alerts.plain import HIDDEN, plain
from ops.alerts.receivers import Receiver
from recsys.program.errors import in_one_line

LONGEST = 200  # characters of a reason
SHORTEST = (
    4  # a shorter piece of a URL is not hidden: it would be found in common words
)
UNKNOWN = "apprise cannot use this URL; see https://appriseit.com for how it is written"
Letter = tuple[Receiver, Message]
Taken = Callable[[Receiver], None]


def deliver(letters: Sequence[Letter], timeout_s: float, taken: Taken) -> list[str]:
    """For each letter "" if it was taken, else why not, without secrets; within `timeout_s`.

    `taken` is called for each one that was, at once and from another thread: a kill while others
    hang must not tell it twice.
    """
    said = _Ear()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [said], False
    import apprise  # noqa: F401 - before the threads: an import in two of them at once may hang

    reasons = [f"no answer within {timeout_s:g} s"] * len(letters)
    threads = [
        threading.Thread(
            target=_one, args=(letter, reasons, place, said, taken), daemon=True
        )
        for place, letter in enumerate(letters)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + timeout_s
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return list(reasons)


def _one(
    letter: Letter, reasons: list[str], place: int, said: "_Ear", taken: Taken
) -> None:
    receiver, message = letter
    try:
        why = ""
        if _notify(receiver.url, message):
            taken(receiver)
        else:
            why = said.of_this_thread() or "it was refused"
    except Exception as error:  # noqa: BLE001 - a plugin's bug is a delivery that failed
        why = f"{type(error).__name__}: {in_one_line(error)}"
    reasons[place] = without_secrets(why, receiver.url) if why else ""


def _notify(url: str, message: Message) -> bool:
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    kinds: dict[Level, NotifyType] = {
        "info": NotifyType.INFO,
        "warning": NotifyType.WARNING,
        "critical": NotifyType.FAILURE,
    }
    asset = AppriseAsset(http_redirects=False, storage_mode="memory")
    plugin = Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise ValueError(UNKNOWN)
    return plugin.notify(
        body=message.body,
        title=message.title,
        notify_type=kinds[message.level],
        body_format=NotifyFormat.TEXT,
    )


class _Ear(logging.Handler):
    """Hears what apprise says of failures, thread by thread; nothing of it is printed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: dict[int, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the last."""
        self.heard[threading.get_ident()] = record.getMessage()

    def of_this_thread(self) -> str:
        """What was said last in this thread."""
        return self.heard.get(threading.get_ident(), "")


def without_secrets(text: str, url: str) -> str:
    """The text with each piece of the URL behind its kind as `***`, in one line."""
    for piece in pieces(url):
        text = text.replace(piece, HIDDEN)
    return plain(text)[:LONGEST]


def pieces(url: str) -> list[str]:
    """The parts of a URL that may be secret, the longest first; as written, decoded, and as the
    header of a login has them.
    """
    _, _, rest = url.partition("://")
    written = [rest, *re.split(r"[/?&=#@:;,+]", rest)]
    parts = [*written, *map(unquote, written)]
    parts += [b64encode(login.encode()).decode() for login in _logins(url)]
    return sorted(
        {part for part in parts if len(part) >= SHORTEST}, key=len, reverse=True
    )


def _logins(url: str) -> list[str]:
    try:
        found = urlsplit(url)
        user, password = found.username or "", found.password or ""
    except ValueError:
        return []
    return [f"{user}:{password}", f"{unquote(user)}:{unquote(password)}"]
