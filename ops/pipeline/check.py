"""Check all of params.yaml: exit 0, or 2 with one message.

reads   params.yaml     nothing else; writes nothing

The sections of ops are checked here, those of the stages in a child that may import what they need.
`--as-json runner` prints that section as the loop takes it, if all is well: the loop itself reads
no YAML.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from ops.alerts import settings as alerts
from ops.cleanup import params as cleanup
from ops.deploy import service_client
from ops.health import checks
from ops.scheduler import schedule
from ops.tuning import params as tuning
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import Section, checked, read
from recsys.serving import shop_page
from recsys.statistics import court, gate

SECTIONS: dict[str, type[Section]] = {
    "tune": tuning.Params,
    "gate": gate.Params,
    "court": court.Params,
    "runner": schedule.Params,
    "deploy": service_client.Params,
    "health": checks.Params,
    "alerts": alerts.Params,
    "cleanup": cleanup.Params,
    "pages": shop_page.Params,
}


AsJson = Annotated[
    Literal["runner"] | None, typer.Option(help="Print what the loop takes.")
]


def main(params: Path = Path(PARAMS_FILE), as_json: AsJson = None) -> None:
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
    if done.returncode:
        code = done.returncode
        raise typer.Exit(code if code > 0 else 128 - code)
    if as_json:
        runner = checked(schedule.Params, "runner", tree, params)
        print(json.dumps(asdict(runner.times)))
    else:
        print(f"{params}: all is well, in each of its {len(tree)} sections")


if __name__ == "__main__":
    enter(main, "runner.py check")
