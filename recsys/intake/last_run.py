"""What the last run has read, by metrics/merge.json as it left it: only to be said, never to be
written into outs, which are a function of the files alone.
"""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from recsys.files.atomic import read_json
from recsys.program.errors import UserError


class LastRun(NamedTuple):
    """Rows by the name of their file; empty where nothing is known of a last run."""

    rows: dict[str, int]


def read(metrics: Path, *, is_sample: bool) -> LastRun:
    """What the last run of this shop has read: nothing if that was the sample shop, and this one is
    not, or if there was none.
    """
    with suppress(UserError, OSError, KeyError, TypeError, ValueError, AttributeError):
        found = read_json(metrics)
        if bool(found["sample"]) == is_sample:
            files = found["files"].items()
            return LastRun({name: int(counts["read"]) for name, counts in files})
    return LastRun({})
