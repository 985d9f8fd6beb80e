"""What a model needs after a repro, by stages.publish: started only where there is something to do.

reads   metrics/evaluate.json, models/, mlruns/ (recsys/registry/published.py)
"""

import subprocess
import sys
from pathlib import Path

from recsys.program.errors import UserError
from recsys.registry import published, store

PUBLISH = (  # as in dvc.yaml
    "-m",
    "stages.publish",
    "metrics/evaluate.json",
    "models",
    "data",
    "mlruns",
    "reports/evaluation.html",
)


def publish(root: Path, env: dict[str, str]) -> int:
    """Publish what is not yet; the exit code. To see that nothing is to do takes no program."""
    if is_done(root):
        return 0
    command = [sys.executable, *PUBLISH]
    return subprocess.run(command, cwd=root, env=env, check=False).returncode


def is_done(root: Path) -> bool:
    """Whether stages.publish has nothing to do. What is wrong there, it says itself."""
    metrics, models, _, mlruns, _ = (root / name for name in PUBLISH[2:])
    try:
        store.anchor_it(mlruns)
        folders = published.folders_in(models)
        return published.is_published(metrics, folders, mlruns)
    except (UserError, OSError):
        return False
