"""Compare the newest events with the reference: ratings, popular items, interactions a day.

reads   data/processed          interactions.parquet
        data/reference          reference.json; the first run makes it of the data as it stands
writes  metrics/drift.json      each shift with its limit, and how many are over it

Delete data/reference/reference.json to make today's data the new reference. A reference of another
drift.window_days or drift.top_items is put beside (reference-90-20.json), and is taken again when
the settings come back; until then the data as it stood when they were changed is the reference.
"""

import logging
from pathlib import Path

from recsys.files.atomic import write_json
from recsys.files.tables import read_table
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.statistics.drift import (
    DriftReference,
    Params,
    against_limits,
    compare,
    is_of,
    read_reference,
    summarise,
    write_reference,
)

log = logging.getLogger("drift")


def main(
    processed: Path, reference: Path, metrics: Path, params: Path = Path(PARAMS_FILE)
) -> None:
    settings = load(Params, "drift", params)
    events = read_table(processed / "interactions.parquet")
    newest = summarise(events, settings.window_days, settings.top_items)
    shifts = compare(newest, reference_for(settings, reference, newest))
    report = against_limits(shifts, settings)
    write_json(metrics, report)
    over = ", ".join(report["over"])
    log.info("drift: %s", f"over the limit: {over}" if over else "none")


def reference_for(
    settings: Params, folder: Path, newest: DriftReference
) -> DriftReference:
    """The reference of these settings, made of the newest events if there is none.

    DataError if the file is no reference.
    """
    path = folder / "reference.json"
    if path.exists():
        found = read_reference(path)
        if is_of(found, settings):
            return found
        path.replace(folder / f"reference-{found.window_days}-{found.top_n}.json")
    kept = folder / f"reference-{settings.window_days}-{settings.top_items}.json"
    if kept.exists():
        kept.replace(path)
        log.info("drift: %s is that of these settings again", path)
        return read_reference(path)
    write_reference(path, newest)
    log.info("drift: %s made of the data as it stands", path)
    return newest


if __name__ == "__main__":
    enter(main)
