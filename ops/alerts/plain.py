"""A text as it may be kept and sent: one line, of a bounded length, without secrets."""

import os
import re
from collections.abc import Mapping

LONGEST = 600  # characters of a text
SHORTEST_SECRET = 6  # a shorter value of a variable would blank common words

SECRET_VARIABLE = re.compile(r"TOKEN|SECRET|PASSW|API_?KEY|ALERT_URLS", re.IGNORECASE)
IN_URL = re.compile(r"(?<=://)[^/\s@]+@")
NAMED = re.compile(
    r"(?i)\b(bearer\s+|(?:token|password|passwd|pwd|secret|api[_-]?key|access[_-]?key)"
    r"['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]{6,}"
)
HIDDEN = "***"


def plain(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """The text in one line, at most LONGEST characters; what looks like a secret is `***`.

    That is: user and password in a URL, the value behind a name such as `token=`, and the value of
    any variable of the environment that is named like a secret.
    """
    line = " ".join(text.split())
    for value in secrets_in(environment):
        line = line.replace(value, HIDDEN)
    line = IN_URL.sub(f"{HIDDEN}@", line)
    line = NAMED.sub(rf"\1{HIDDEN}", line)
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def secrets_in(environment: Mapping[str, str]) -> list[str]:
    """Values that no text may show, the longest first."""
    values = [
        word
        for name, value in environment.items()
        if SECRET_VARIABLE.search(name)
        for word in value.split()
        if len(word) >= SHORTEST_SECRET
    ]
    return sorted(values, key=len, reverse=True)
