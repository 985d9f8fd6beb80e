"""DVC's own command line without its hints about remotes and git, which lead nowhere here.

usage   python -m ops.pipeline.dvc_quietly repro [STAGE ...]

What a shop may do next is said by ops/pipeline/next_steps.py. If DVC changes inside, the hints come
back, and nothing else happens.

Without git (a zip that was downloaded, no program `git`, a repository of another owner) DVC works
as it does with `core.no_scm`, instead of refusing.
"""

import logging
import os
import sys
from typing import Any

HINTS = (
    "Use `dvc push` to send your updates",
    "To track the changes with git",
    "To enable auto staging",
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


def main() -> int:
    """DVC's exit code."""
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
    return int(dvc(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
