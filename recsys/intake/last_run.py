"""What the last run has read, by metrics/merge.json as it left it: only to be said, never to be
written into outs, which are a function of the files alone.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from recsys.files.atomic import read_json
from recsys.intake.batches import BATCH_NAME
from recsys.program.errors import UserError
from recsys.shop_csv import sample_shop

FEWER = 0.9  # of the rows of a raw file: with less it may have been cut short


class LastRun(NamedTuple):
    """Rows by the name of their file; empty where nothing is known of a last run."""

    rows: dict[str, int]


def read(metrics: Path, *, is_sample: bool) -> LastRun:
    """What the last run of this shop has read: nothing if that was the sample shop, and no file is
    of it now (`is_sample`), or if there was none.
    """
    with suppress(UserError, OSError, KeyError, TypeError, ValueError, AttributeError):
        found = read_json(metrics)
        if is_sample or not found["sample"]:
            files = found["files"].items()
            return LastRun({name: int(counts["read"]) for name, counts in files})
    return LastRun({})


def of_project(root: Path) -> LastRun:
    """What the last run in the folder of a project has read, of the shop that would run now."""
    raw = root / "data/raw"
    is_sample = sample_shop.folder_of(raw, root / "data/sample") != raw
    return read(root / "metrics/merge.json", is_sample=is_sample)


def cut_short(
    last: LastRun, files: Mapping[str, Mapping[str, int]], folder: Path, fewest: int
) -> list[str]:
    """Raw files in the folder that have clearly fewer rows (`read`, by name) than in the last run,
    and had `fewest` or more, with what to do.
    """
    words = []
    for name, counts in files.items():
        before, now = last.rows.get(name, 0), counts["read"]
        if before >= fewest and now < FEWER * before and not BATCH_NAME.fullmatch(name):
            words.append(
                f"{folder / name}: {now} rows, where the last run read {before}: was the file cut "
                f"short? If so, put the whole one there and run again; if it is meant to be "
                f"shorter, there is nothing to do"
            )
    return words
