"""The rows that the last merge has refused, in a line; and the files that are blocked.

reads   metrics/merge.json, data/merged/blocked/; writes nothing
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.explain.moments import parsed
from ops.terminal import counted, printable
from recsys.files.atomic import read_json
from recsys.intake import drop_log
from recsys.intake.blocked import faults
from recsys.program.errors import UserError

SHOWN = 3
FILE = "metrics/merge.json"


@dataclass(frozen=True)
class Refused:
    """What metrics/merge.json says."""

    read: int
    rows: int
    by_reason: dict[str, int]
    by_file: dict[str, int]
    at: datetime  # the file was written
    came: dict[
        str, datetime
    ]  # when each of these files came, as far as the drop log knows
    of_sample: bool = False  # the merged shop is the sample

    def as_json(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "refused": self.rows,
            "by_reason": self.by_reason,
            "by_file": self.by_file,
        }

    @property
    def sentence(self) -> str:
        if not self.rows:
            return f"no row of {self.read:,}"
        rows = f"{self.rows:,} of {self.read:,} rows"
        return f"{rows}: {_most(self.by_reason)}; see `python runner.py quarantine`"

    def new_since(self, moment: datetime) -> str:
        """How many rows of which files that came since then, in short; "" if none."""
        new = {
            name: count
            for name, count in self.by_file.items()
            if name in self.came and self.came[name] >= moment
        }
        told = [
            f"{counted(count, 'row')} of {name}"
            for name, count in _ordered(new)[:SHOWN]
        ]
        more = len(new) - SHOWN
        return ", ".join([*told, *([f"{more} more files"] if more > 0 else [])])


def look(root: Path) -> Refused | None:
    """What the last merge has refused; None if there was none, or its file is torn."""
    path = root / FILE
    names, came = _drop_log(root / "data" / "batches")
    try:
        merged: dict[str, Any] = read_json(path)
        return Refused(
            read=int(merged["read"]),
            rows=int(merged["quarantined"]),
            by_reason=_counts(merged["quarantined_by_reason"]),
            by_file={
                names.get(name, printable(name)): int(counts["quarantined"])
                for name, counts in merged["files"].items()
                if int(counts["quarantined"])
            },
            at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            came=came,
            of_sample=merged.get("sample") is True,
        )
    except (UserError, OSError, KeyError, TypeError, ValueError, AttributeError):
        return None


def blocked(root: Path) -> dict[str, str]:
    """Why files are blocked, by their names: batches that the last good merge left out, and the
    file that a later one stopped at.
    """
    try:
        left_out = dict(read_json(root / FILE)["blocked"])
    except (UserError, OSError, KeyError, TypeError, ValueError):
        left_out = {}
    names, _ = _drop_log(root / "data" / "batches")
    found = left_out | faults(root / "data" / "merged")
    return {
        names.get(name, printable(str(name))): printable(str(why))
        for name, why in found.items()
    }


def blocked_lines(found: dict[str, str]) -> list[str]:
    """For people: a line a file."""
    lines = [f"{name}: {why}" for name, why in list(found.items())[:SHOWN]]
    more = len(found) - SHOWN
    return [*lines, *([f"{more} more files"] if more > 0 else [])]


def _drop_log(batches: Path) -> tuple[dict[str, str], dict[str, datetime]]:
    """What the drops were called that became batches, and when files came."""
    names, came = {}, {}
    for entry in drop_log.entries(batches):
        name, batch = printable(str(entry.get("file"))), str(entry.get("batch"))
        with suppress(ValueError):
            came[name] = parsed(str(entry.get("at")))
        names[batch] = name
    return names, came


def _counts(found: dict[str, Any]) -> dict[str, int]:
    return {printable(name): int(count) for name, count in found.items()}


def _ordered(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _most(counts: dict[str, int]) -> str:
    told = [f"{name} {count:,}" for name, count in _ordered(counts)[:SHOWN]]
    more = len(counts) - SHOWN
    return ", ".join([*told, *([f"{more} more reasons"] if more > 0 else [])])
