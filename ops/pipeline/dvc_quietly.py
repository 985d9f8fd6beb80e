"""DVC's own command line without its hints about remotes and git, which lead nowhere here.

usage   python -m ops.pipeline.dvc_quietly repro [STAGE ...]

What a shop may do next is said by ops/pipeline/next_steps.py, and on a terminal which stage runs by
ops/pipeline/progress.py. If DVC changes inside, the hints come back, and nothing else happens.

Without git (a zip that was downloaded, no program `git`, a repository of another owner) DVC works
as it does with `core.no_scm`, instead of refusing.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from ops.pipeline import ahead, copies, dvc_once, edits, foreseen, graph, progress
from ops.pipeline.forks import ForkServer
from recsys.program import waiting
from recsys.program.ending import leave_after
from recsys.program.errors import UserError

HINTS = (
    "Use `dvc push` to send your updates",
    "To track the changes with git",
    "To enable auto staging",
)


LOADED = (
    "dvc.cli.parser",
    "dvc.cachemgr",
    "dvc.data_cloud",
    "dvc.repo.graph",
    "dvc.repo.reproduce",
    "dvc.rwlock",
    "dvc.scm",
    "dvc.utils.strictyaml",
    "networkx",
    "psutil",
    "scmrepo.git",
)


def is_hint(message: object) -> bool:
    """Whether it is one of those that are left out."""
    return isinstance(message, str) and message.lstrip().startswith(HINTS)


def allow_no_git() -> None:
    """Let DVC take a folder that no git repository can be opened for."""
    import dvc.scm

    real = dvc.scm.SCM

    def scm(root_dir: str, **options: Any) -> Any:
        try:
            return real(root_dir, **options)
        except dvc.scm.SCMError:
            return real(root_dir, no_scm=True)

    dvc.scm.SCM = scm


def load() -> None:
    """Import what DVC's repro needs, which takes a second; it opens nothing. What is not there in
    this version of DVC is left out.
    """
    for name in LOADED:
        with suppress(ImportError):
            import_module(name)


def begin_loading() -> ForkServer | None:
    """Let what the stage imports that most likely comes first load, too."""
    command, *targets = sys.argv[1:] or [""]
    if command != "repro" or any(target.startswith("-") for target in targets):
        return None
    return foreseen.begin(Path(), targets, copies.FORKED)


def main(server: ForkServer | None = None) -> int:
    """DVC's exit code. There may be a server of stages already."""
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # there may be no git
    allow_no_git()
    from dvc.cli import main as dvc
    from dvc.ui import ui

    written = ui.write

    def write(*objects: Any, **named: Any) -> None:
        if not any(map(is_hint, objects)):
            written(*objects, **named)

    ui.write = write
    hints = logging.getLogger("dvc.repo.scm_context")
    hints.addFilter(lambda record: not is_hint(record.msg))
    command, *targets = sys.argv[1:] or [""]
    if command != "repro":
        return int(dvc(sys.argv[1:]))
    dvc_once.read_once()
    minded = edits.Edits()
    ahead.run_ahead(server, minded.look)
    edits.mind(minded)
    return _repro(targets, lambda: int(dvc(sys.argv[1:])))


def _repro(targets: Sequence[str], repro: Callable[[], int]) -> int:
    """Run it, and keep what each stage took."""
    path = progress.place()
    if path is None:
        return repro()
    followed = progress.Progress(
        _stages(targets), progress.read_times(path), time.monotonic
    )
    progress.follow(followed, path, is_shown=sys.stdout.isatty())
    code = repro()
    if not code:
        followed.ends()
        progress.keep_times(path, followed)
    return code


def _stages(targets: Sequence[str]) -> list[str]:
    """What it will go over; unknown if DVC is going to refuse dvc.yaml."""
    named = [target for target in targets if not target.startswith("-")]
    try:
        return graph.read(Path()).needed(named)
    except UserError:
        return []


if __name__ == "__main__":
    server = begin_loading()
    waiting.until_told(load)
    leave_after(lambda: main(server), closes_databases=True)  # DVC does
