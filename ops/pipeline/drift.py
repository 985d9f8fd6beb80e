"""`python runner.py drift`: bring the drift report up to date and show it.

reads   data/processed, data/reference
writes  data/reference with --update-reference; what `dvc repro drift` writes

A deployment makes what the live model was trained on the reference. --update-reference takes the
data as it stands: after a change that is known and meant to stay (a new line of products), or
where nothing was ever deployed.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ops import processes
from ops.deploy import deployment_log, production
from ops.lock import no_repro
from recsys.drift import reference, report
from recsys.drift.events import EVENTS, REPLACED, read
from recsys.files.atomic import read_json
from recsys.program.command_line import enter

METRICS = "metrics/drift.json"

Update = Annotated[
    bool,
    typer.Option(
        "--update-reference", help="First make the data as it stands the reference."
    ),
]


def update_reference(root: Path, state: Path) -> str:
    """Make the data as it stands the reference; a sentence of it.

    DataError if there is no data, InstanceError if a repro runs.
    """
    with no_repro(state):
        processed = root / "data/processed"
        events = read(processed / EVENTS, processed / REPLACED)
        top = production.in_production(
            deployment_log.rows(state / deployment_log.DATABASE)
        )
        model_id = top.model_id if top else None
        made = reference.write(root / "data/reference", events, "by hand", model_id)
    return f"reference of drift: {made.events:,} events to {made.until[:10]}, by hand"


def main(
    update: Update = False, root: Path = Path(), state: Path = Path("state")
) -> None:
    """Compare what came since the live model was trained with what it was trained on."""
    if update:
        print(update_reference(root, state), flush=True)
    before = _mark(root / METRICS)
    code = processes.run_here([sys.executable, "-m", "ops.pipeline.repro", "drift"])
    if not code and _mark(root / METRICS) == before:  # else the stage has said it
        print("\n".join(report.lines(read_json(root / METRICS))))
    raise typer.Exit(code)


def _mark(path: Path) -> int | None:
    """When the file was written; None if it is not there."""
    return path.stat().st_mtime_ns if path.exists() else None


if __name__ == "__main__":
    enter(main, "runner.py drift")
