"""The last lines of a repro: what there is now, and what to do with it.

reads   models/, metrics/merge.json, mlruns/mlflow.db, releases/current; writes nothing
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops.terminal import aligned, printable
from recsys.files.atomic import read_json
from recsys.files.ids_one_by_one import ids_of
from recsys.program.errors import UserError
from recsys.registry import aliases
from recsys.registry.versions import CHALLENGER, CHAMPION

MERGED = "metrics/merge.json"
REASONS_SHOWN = 3
LONGEST_ID = 40  # characters of an id that is shown


def lines(root: Path) -> list[str]:
    """Commands with what they are for; [] if nothing was trained yet."""
    if next(_ids(root, "user_ids"), None) is None:
        return []
    user, _ = example(root)
    what = "what this user would be shown, and why"
    recommend = f"python runner.py recommend {user or 'USER'}"
    steps = [
        (recommend, what if user else f"{what}; USER is an id of your shop"),
        ("make ui", "runs, metrics and the registered model"),
        *_deploy(root),
        *_refused(root),
        *_own(root),
    ]
    return ["Next:", *(f"    {line}" for line in aligned(steps))]


def example(root: Path) -> tuple[str, str]:
    """A trained user and a product that can be typed, "" where there is none."""
    return _typed(root, "user_ids"), _typed(root, "item_ids")


def _typed(root: Path, which: str) -> str:
    """The first that can be typed, and is no e-mail address that would stand in a log."""
    can_be = (
        one for one in _ids(root, which) if one.isalnum() and len(one) < LONGEST_ID
    )
    return next(can_be, "")


def _ids(root: Path, which: str) -> Iterator[str]:
    """Those of each model that can be read."""
    for path in sorted(root.glob("models/*/factors.npz")):
        yield from ids_of(path, which)


def _deploy(root: Path) -> list[tuple[str, str]]:
    try:
        named = aliases.model_ids(root / "mlruns")
    except UserError:
        return []
    if CHALLENGER in named:
        waits = f"{named[CHALLENGER]} waits in Staging: put it into production"
        return [("python runner.py promote", waits)]
    if CHAMPION in named:
        return [
            ("make serve", f"answers over HTTP with {named[CHAMPION]}, in production")
        ]
    return []


def _own(root: Path) -> list[tuple[str, str]]:
    """How the sample shop gives way to the shop's own files."""
    try:
        is_sample = read_json(root / MERGED).get("sample") is True
    except (UserError, AttributeError):
        return []
    told = "this is the sample shop; yours: any files, as they are"
    return [("python runner.py init FILE ...", told)] if is_sample else []


def _refused(root: Path) -> list[tuple[str, str]]:
    try:
        merged: dict[str, Any] = read_json(root / MERGED)
        reasons = dict(merged["quarantined_by_reason"])
        count, told = int(merged["quarantined"]), _in_short(reasons)
    except (UserError, KeyError, TypeError, ValueError):
        return []
    if not count:
        return []
    rows = "1 row was" if count == 1 else f"{count:,} rows were"
    return [("python runner.py quarantine", f"{rows} refused: {told}")]


def _in_short(reasons: dict[str, int]) -> str:
    """The most frequent reasons with their counts."""
    order = sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    told = [f"{printable(name)} {count:,}" for name, count in order[:REASONS_SHOWN]]
    more = len(order) - REASONS_SHOWN
    return ", ".join([*told, *([f"{more} more reasons"] if more > 0 else [])])
