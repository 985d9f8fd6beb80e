"""What people are alerted of after a repro: a blocked merge, refused drops and rows, drift.

reads   metrics/merge.json, metrics/drift.json, data/staging/.refused/
writes  state/alerts.db

The stages know nothing of alerts. A file with refused rows is told once, and again when more of its
rows are refused; it is no illness, for rows that nobody mends stay refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.alerts import outbox
from recsys.drift import words
from recsys.files.atomic import read_json
from recsys.intake.claims import REFUSED
from recsys.program.errors import DataError, UserError

MERGE_FAILED = re.compile(r"failed to reproduce 'merge'")
STAGE_FAILED = re.compile(r"failed to reproduce '(\w+)'")
ERROR = re.compile(r"^error: (.+)$", re.MULTILINE)
PAGE = "reports/drift.html"
MOST = 5  # files that are named in one run; the others are counted
REASON_OF_DROP = ".reason.txt"
DROPS, ROWS = "told.refused_drops", "told.refused_rows"  # what was told last
LOOK = "see `python runner.py quarantine`"


def of_repro(root: Path, state: Path, code: int, messages: str, now: datetime) -> None:
    """Tell what a repro has come to. Never raises: an alert fails no run."""
    guarded(lambda: _of_merge(root, state, code, messages, now))
    if not MERGE_FAILED.search(messages):
        guarded(lambda: _of_rows(root, state, now))
    if not code:
        guarded(lambda: _of_drift(root, state, now))


def guarded(tell: Callable[[], None]) -> None:
    """Do it; what cannot be read is nothing to tell of here: health looks at it."""
    with suppress(UserError, OSError, ValueError, TypeError, KeyError, AttributeError):
        tell()


def of_blocked(state: Path, reason: str, now: datetime) -> None:
    """The merge cannot begin."""
    text = f"new interactions are not taken in: {reason}"
    outbox.ill(state, "merge.blocked", "critical", text, now)


def _of_merge(root: Path, state: Path, code: int, messages: str, now: datetime) -> None:
    told = _of_drops(root, state, now)
    if MERGE_FAILED.search(messages):
        # a refused drop stops one run only, and was told by name
        if code == DataError.exit_code and not told:
            of_blocked(state, (ERROR.findall(messages) or ["see its log"])[-1], now)
    elif not code or STAGE_FAILED.search(messages):
        text = "new interactions are taken in again"
        outbox.well(state, "merge.blocked", text, now)


def _of_drops(root: Path, state: Path, now: datetime) -> bool:
    """Tell of drops that were refused whole since the last run; whether there were any."""
    reasons = {
        path.name.removesuffix(REASON_OF_DROP): path
        for path in (root / "data/staging" / REFUSED).glob(f"*{REASON_OF_DROP}")
    }
    before = json.loads(outbox.remembered(state, DROPS) or "[]")
    fresh = sorted(reasons.keys() - set(before))
    for name in fresh[:MOST]:
        reason = reasons[name].read_text(encoding="utf-8", errors="replace").strip()
        text = (
            f"{name}: the whole drop was refused: {reason}; mend it and drop it again"
        )
        outbox.news(state, f"merge.refused.{name}", "warning", text, now)
    if len(fresh) > MOST:
        text = (
            f"{len(fresh) - MOST} more drops were refused; see data/staging/{REFUSED}"
        )
        outbox.news(state, "merge.refused", "warning", text, now)
    if sorted(before) != sorted(reasons):
        outbox.remember(state, DROPS, json.dumps(sorted(reasons)))
    return bool(fresh)


def _of_rows(root: Path, state: Path, now: datetime) -> None:
    merged = read_json(root / "metrics/merge.json")
    refused: dict[str, dict[str, int]] = merged["quarantined_by_file_and_reason"]
    counts = {file: sum(reasons.values()) for file, reasons in refused.items()}
    before: dict[str, int] = json.loads(outbox.remembered(state, ROWS) or "{}")
    fresh = [file for file in counts if counts[file] > before.get(file, 0)]
    for file in fresh[:MOST]:
        text = rows_in_words(file, refused[file], merged["files"][file]["read"])
        outbox.news(state, f"merge.refused.{file}", "warning", f"{text}; {LOOK}", now)
    if len(fresh) > MOST:
        text = f"{len(fresh) - MOST} more files have refused rows; {LOOK}"
        outbox.news(state, "merge.refused", "warning", text, now)
    if counts != before:
        outbox.remember(state, ROWS, json.dumps(counts))


def rows_in_words(file: str, reasons: Mapping[str, int], read: int) -> str:
    """How many rows of a file were refused, and mostly why."""
    count = sum(reasons.values())
    main = min(reasons, key=lambda reason: (-reasons[reason], reason))
    mostly = f"{main} ({reasons[main]:,})" if len(reasons) > 1 else main
    rows = "row was" if count == 1 else "rows were"
    return f"{file}: {count:,} of {read:,} {rows} refused, mainly {mostly}"


def _of_drift(root: Path, state: Path, now: datetime) -> None:
    """Drift is ill; a watch is said by the report alone, and too little data ends no drift."""
    found: dict[str, Any] = read_json(root / "metrics/drift.json")
    drifted, reference = found["drifted"], found["reference"]
    if not drifted:
        if well := _well(found):
            outbox.well(state, "drift", well, now)
        return
    whose = reference["model_id"] or f"the reference ({reference['why']})"
    text = (
        f"the shop has moved since {whose} ended on {reference['until'][:10]}, in "
        f"{words.when(found, drifted)}: {words.all_of(found, drifted)}; look at "
        f"{PAGE}; `python runner.py run train` trains on it"
    )
    outbox.ill(state, "drift", "warning", text, now)


def _well(found: Mapping[str, Any]) -> str:
    """How a drift has ended; "" if it is not known whether it has."""
    if found["verdict"] in ("none", "watch"):
        return "what comes is like what the live model was trained on"
    return "" if found["windows"] else "the live model was trained on what came since"
