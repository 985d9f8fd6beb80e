"""Check all of params.yaml: exit 0, or 2 with one message.

reads   params.yaml     nothing else; writes nothing

The sections of ops are checked here, those of the stages in a child that may import what they need.
"""

import subprocess
import sys
from pathlib import Path

import typer

from ops.cleanup import params as cleanup
from ops.deploy import service_client
from ops.health import checks
from ops.scheduler import schedule
from ops.tuning import params as tuning
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import Section, checked, read
from recsys.statistics import court, gate

SECTIONS: dict[str, type[Section]] = {
    "tune": tuning.Params,
    "gate": gate.Params,
    "court": court.Params,
    "runner": schedule.Params,
    "deploy": service_client.Params,
    "health": checks.Params,
    "cleanup": cleanup.Params,
}


def main(params: Path = Path(PARAMS_FILE)) -> None:
    """Check every section of params.yaml, and that there is no other."""
    tree = read(params)
    for name, section in SECTIONS.items():
        checked(section, name, tree, params)
    others = ",".join(SECTIONS)
    stages = [
        sys.executable,
        "-m",
        "stages.check",
        "--params",
        str(params),
        "--others",
        others,
    ]
    done = subprocess.run(stages, stdin=subprocess.DEVNULL, check=False)
    raise typer.Exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


if __name__ == "__main__":
    enter(main, "runner.py check")
