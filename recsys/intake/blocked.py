"""data/merged/blocked/: why the last merge stopped at a file, and its refused rows, until one goes
well.

    fault.json              {file: why}
    quarantine.parquet      its refused rows (blocked_rows.py)

The outs of a merge that stops stay as they were: these stand beside them.
"""

from contextlib import suppress
from pathlib import Path

from recsys.files.atomic import parse_json

FOLDER = "blocked"
FAULT, ROWS = "fault.json", "quarantine.parquet"


def faults(merged: Path) -> dict[str, str]:
    """Why the last merge stopped, by file; none if it did not, or what says so is torn."""
    try:
        found = parse_json((merged / FOLDER / FAULT).read_bytes())
        return {str(name): str(fault) for name, fault in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def forget(merged: Path) -> None:
    """A merge went well."""
    for name in (FAULT, ROWS):
        (merged / FOLDER / name).unlink(missing_ok=True)
    with suppress(OSError):
        (merged / FOLDER).rmdir()
