"""The check of params.yaml before a repro, and the process that it and the stages are copies of."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ops.pipeline import beside, checked_params, forks
from ops.pipeline.begun import Begun
from ops.pipeline.forks import ForkServer

CHECK = "stages.check"


@contextmanager
def fork_server(
    root: Path, state: Path, env: dict[str, str]
) -> Iterator[ForkServer | None]:
    """What the check of params.yaml is a copy of, and after it the stages: most of what it imports
    they do, too. None where there is nothing to check, or such copies are not possible.
    """
    server = None
    is_known = checked_params.is_known(state, checked_params.mark_of(root))
    if not is_known and forks.is_possible() and beside.has_room():
        with suppress(OSError):  # no room for another process
            server = ForkServer.started(root.absolute(), env)
    try:
        yield server
    finally:
        if server is not None:
            server.close()


def check(
    root: Path, state: Path, env: dict[str, str], server: ForkServer | None = None
) -> int:
    """The exit code of the check of params.yaml; the one that was checked last is known."""
    mark = checked_params.mark_of(root)
    if checked_params.is_known(state, mark):
        return 0
    fork = server and server.begin(f"python -m {CHECK}", {"cwd": root, "env": env})
    if fork:
        with closing(Begun(fork)) as begun:
            code = begun.show_to_the_end()
    else:
        command = [sys.executable, "-m", CHECK]
        code = subprocess.run(command, cwd=root, env=env, check=False).returncode
    if not code:
        checked_params.remember(state, mark)
    return code
