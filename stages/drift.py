"""Compare the newest events with the reference: ratings, popular items, interactions a day.

reads   data/processed          interactions.parquet
        data/reference          reference.json; the first run makes it of the data as it stands
writes  metrics/drift.json      each shift with its limit, and how many are over it

Delete data/reference/reference.json to make today's data the new reference.
"""

import logging
from pathlib import Path

from recsys.files.atomic import write_json
from recsys.files.tables import read_table
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.statistics.drift import (
    Params,
    against_limits,
    compare,
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
    path = reference / "reference.json"
    if not path.exists():
        write_reference(path, newest)
        log.info("drift: %s made of the data as it stands", path)
    shifts = compare(newest, read_reference(path, settings))
    report = against_limits(shifts, settings)
    write_json(metrics, report)
    over = ", ".join(report["over"])
    log.info("drift: %s", f"over the limit: {over}" if over else "none")


if __name__ == "__main__":
    enter(main)
