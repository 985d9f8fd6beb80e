"""Which Python runs: the one of .venv, where the one that was called has none of the packages.

`make` fills .venv and uses it. Who then types `python runner.py status` in a new terminal calls the
system's Python. Only the standard library is imported here.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

NEEDED = "typer"  # what all our programs import first
CONFIG_ERROR = 2


def enter(project: Path) -> None:
    """Nothing if the packages are here; else begin again by the Python of `project`/.venv. Ends
    with exit code 2 and one line if that has none either.
    """
    if find_spec(NEEDED) is not None:
        return
    venv = project / ".venv"
    python = venv / "bin" / "python"
    if os.access(python, os.X_OK) and Path(sys.prefix).resolve() != venv.resolve():
        os.execv(python, [str(python), *sys.orig_argv[1:]])  # noqa: S606 - no shell is wanted
    print(
        f"error: {sys.executable} has none of the packages; run `make venv` in {project}, which "
        f"puts them into .venv",
        file=sys.stderr,
    )
    sys.exit(CONFIG_ERROR)
