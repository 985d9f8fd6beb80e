"""Words to systemd (sd_notify): that the loop is ready, is alive, is stopping.

The variable NOTIFY_SOCKET names a datagram socket, an abstract one by a leading @; without it
nothing is sent. See sd_notify(3).
"""

import os
import socket
from contextlib import suppress

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def notify(word: str) -> None:
    """Send one word. A socket that nobody reads ends nothing."""
    name = os.environ.get("NOTIFY_SOCKET")
    if not name:
        return
    address = f"\0{name[1:]}" if name.startswith("@") else name
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.setblocking(False)
        to.sendto(word.encode(), address)


def watchdog_s() -> float | None:
    """How often systemd wants to hear that the loop is alive: half of its limit. None: never."""
    try:
        return int(os.environ["WATCHDOG_USEC"]) / 2e6
    except (KeyError, ValueError):
        return None
