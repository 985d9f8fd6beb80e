"""What a child tells its runner about its run, beside its exit code.

reads   state/said/ID.json    by the runner, when the child has ended; then the file goes
writes  the same              by the child: the variable SHOP_RUN_SAYS is its path; without it
                              nothing is written, for nobody listens
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from recsys.files.atomic import half_written, parse_json, write_json

SAYS = "SHOP_RUN_SAYS"
LONGEST = 300  # characters of a reason


@dataclass(frozen=True)
class Said:
    """How a run went that ended with exit code 0.

    asks  jobs that should run now, each with why
    """

    status: Literal["ok", "skipped"] = "ok"
    kind: str | None = None
    reason: str | None = None
    asks: Mapping[str, str] = field(default_factory=dict)


def tell(
    status: Literal["ok", "skipped"] = "ok",
    kind: str | None = None,
    reason: str | None = None,
    asks: Mapping[str, str] | None = None,
) -> None:
    """Tell the runner, if one listens. A second word replaces the first."""
    path = os.environ.get(SAYS)
    if path:
        write_json(Path(path), asdict(Said(status, kind, reason, dict(asks or {}))))


def heard(path: Path) -> Said:
    """What was told, and the file is deleted; a plain `Said` if nothing was, or nothing whole."""
    told: Any = {}
    with suppress(OSError, ValueError):
        told = parse_json(path.read_bytes())
    forget(path)
    return _checked(told)


def _checked(told: Any) -> Said:
    """Only what has the right form counts: a job's own program may have written it."""
    known = {entry.name for entry in fields(Said)}
    if not isinstance(told, dict) or not told.keys() <= known:
        return Said()
    status, asks = told.get("status"), told.get("asks")
    kind, reason = told.get("kind"), told.get("reason")
    return Said(
        "skipped" if status == "skipped" else "ok",
        kind if isinstance(kind, str) else None,
        in_short(reason) if isinstance(reason, str) else None,
        {str(job): str(why) for job, why in asks.items()}
        if isinstance(asks, dict)
        else {},
    )


def in_short(text: str) -> str:
    """Text as one line of at most 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def forget(path: Path) -> None:
    """Take away what a run has said, whole or half written, that nobody waits for any more."""
    for left in (path, half_written(path)):
        with suppress(OSError):
            left.unlink()
