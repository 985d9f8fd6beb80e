"""`python runner.py status`: the runner, what is live, what waits, and each job's last result.

reads   what ops/explain/looks.py says; works when nothing has ever run
writes  nothing
"""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.explain.looks import collect
from ops.explain.status_json import as_json
from ops.explain.status_text import as_text
from recsys.program.command_line import PARAMS_FILE, enter

PIPE = (160, 24)  # columns and lines where there is no terminal
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def main(
    for_programs: Json = False,
    params: Path = Path(PARAMS_FILE),
    mlruns: Path = Path("mlruns"),
    state: Path = Path("state"),
) -> None:
    """Show the runner, what is live, what waits, and each job's last result and next time."""
    now = datetime.now(UTC)
    found = collect(params.parent, state, mlruns, params, now)
    if for_programs:
        print(json.dumps(as_json(found), indent=2))
        return
    width = shutil.get_terminal_size(PIPE).columns
    print(as_text(found, width))


if __name__ == "__main__":
    enter(main, "runner.py status")
