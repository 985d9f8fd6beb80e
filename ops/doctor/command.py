"""`python runner.py doctor`: is all in order that the pipeline stands on, and how is it mended.

reads   what the modules beside this one say
writes  nothing

The patient's figures (ages, recall, success rate) are the health check's; this is the house.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ops.doctor import (
    clock,
    encoder,
    engine,
    finding,
    installation,
    locks,
    project,
    remote,
    service,
    stores,
)
from ops.doctor.finding import Finding
from ops.explain.moments import Clock
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.errors import ConfigError

PIPE = (120, 24)  # columns and lines where there is no terminal
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def examine(
    root: Path, mlruns: Path, state: Path, params: Path, now: datetime
) -> list[Finding]:
    """All that is looked at, what all else stands on first."""
    looks: list[tuple[str, Callable[[], Finding | list[Finding]]]] = [
        ("python", lambda: installation.python(root)),
        ("packages", lambda: installation.packages(root)),
        ("git", lambda: installation.git(root)),
        ("disk", lambda: installation.disk(root)),
        ("clock", lambda: clock.clock(params, state, now)),
        ("params.yaml", lambda: project.params(root)),
        ("locks", lambda: locks.locks(root, state, mlruns, shown_by(params, now))),
        ("dvc", lambda: project.dvc(root, state)),
        ("remote", lambda: remote.remote(root)),
        ("staging", lambda: project.staging(root)),
        ("batches", lambda: project.batches(root)),
        ("store", lambda: stores.mlflow_store(mlruns)),
        ("runner.db", lambda: stores.runner_database(state)),
        ("encoder", lambda: encoder.weights(params)),
        ("engine", lambda: engine.engine(params)),
        ("service", lambda: service.service(params, state)),
    ]
    return [one for what, look in looks for one in finding.examined(what, look)]


def shown_by(params: Path, now: datetime) -> Clock:
    """Times in the runner's zone; in UTC where params.yaml names none."""
    try:
        return Clock(now, clock.zone_of(params))
    except ConfigError:  # told by another check
        return Clock(now, ZoneInfo("UTC"))


def main(
    as_json: Json = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Look at installation, disk, clock, params, locks, DVC, stores, weights and service.

    Exit 0 if nothing is bad, else the code of the first thing that is.
    """
    found = examine(params.parent, mlruns, state, params, datetime.now(UTC))
    width = shutil.get_terminal_size(PIPE).columns
    print(finding.as_json(found) if as_json else finding.as_text(found, width))
    raise typer.Exit(finding.exit_code(found))


if __name__ == "__main__":
    enter(main, "runner.py doctor")
