"""Other processes that use the registry."""

import subprocess
import sys
from typing import Any

from bench.house.imports import ROOT

OPEN = """
import sys, pathlib
from recsys.registry import store
store.client(pathlib.Path(sys.argv[1]))
"""


def spawn(script: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """A Python process that runs `script` with these arguments, in the project's folder."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, **options)
