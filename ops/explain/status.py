"""`python runner.py status`: the runner, what is live, what waits, and each job's last result.

reads   what ops/explain/looks.py says; works when nothing has ever run. If the registry cannot be
        read (a shared server that is down), all else is shown, and it ends with that error
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
from recsys.program.errors import StoreError

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
    else:
        print(as_text(found, shutil.get_terminal_size(PIPE).columns))
    if found.unread:
        raise StoreError(found.unread)


if __name__ == "__main__":
    enter(main, "runner.py status")
