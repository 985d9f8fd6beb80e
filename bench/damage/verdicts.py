"""What merge made of a drop."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

# words of a message, and what it is about
REFUSALS = {
    "not a header": "no header",
    "is empty": "empty",
    "is blank": "blank line on top",
    "names the separator": "separator line on top",
    "separated by": "no commas",
    "is missing": "column missing",
    "are missing": "column missing",
    "keep one": "column doubled",
    "looks like": "encoding",
    "stray quote": "stray quote in the header",
    "in CR only": "CR line ends",
    "columns, at most": "too many columns",
    "control": "control character in the header",
    "another order": "headers in two orders",
    "refused, more": "share",
    "not readable": "not readable",
}

Outcome = Literal["merged", "refused", "crash", "hang"]


@dataclass
class Verdict:
    """What became of a drop: the outcome with its message, and the rows that merge wrote."""

    outcome: Outcome
    message: str = ""
    accepted: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def reasons(self) -> Counter[str]:
        """How many rows were refused for each reason."""
        return Counter(row["reason"] for row in self.quarantined)


def refusal(message: str) -> str:
    """What a file was refused for: the message without its names, places and numbers."""
    for words, reason in REFUSALS.items():
        if words in message:
            return reason
    return "other: " + re.sub(r"\S*/\S*|'[^']*'|\d+", "~", message)[:80]
