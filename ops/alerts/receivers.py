"""Who is told: URLs as apprise reads them, from the environment and from a file of its owner's.

reads   the variable SHOP_ALERT_URLS, separated by spaces or lines
        state/alerts.urls, one a line, `#` begins a comment; of mode 600, else it is refused

A URL is a secret as a whole: no message shows more of it than its number and kind (mailto, slack).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops import secret_file

VARIABLE = "SHOP_ALERT_URLS"
FILE = "alerts.urls"
KIND = re.compile(r"([a-z][a-z0-9]{1,19})://", re.IGNORECASE)
NOBODY = f"nobody; set {VARIABLE}, or write URLs into state/{FILE} (mode 600)"


@dataclass(frozen=True)
class Receiver:
    """One URL, and where it was found."""

    number: int
    url: str = field(repr=False)
    place: str = VARIABLE

    @property
    def name(self) -> str:
        """For people: number and kind, nothing of the rest."""
        found = KIND.match(self.url)
        kind = found[1].lower() if found else "no URL"
        return f"receiver {self.number} ({kind}, of {self.place})"


def read(state: Path, environment: Mapping[str, str] = os.environ) -> list[Receiver]:
    """All of them, each once. ConfigError if the file can be read by others."""
    urls = dict.fromkeys(environment.get(VARIABLE, "").split(), VARIABLE)
    path = state / FILE
    for url in secret_file.lines(path, "URLs"):
        urls.setdefault(url, str(path))
    return [
        Receiver(number, url, place)
        for number, (url, place) in enumerate(urls.items(), 1)
    ]
