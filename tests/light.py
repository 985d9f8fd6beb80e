"""A Python without the packages that a light .venv leaves out."""

from collections.abc import Iterable
from pathlib import Path

from tools.make_venv import PRETRAINED

BLOCKER = """\
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
"""
NAMES = {*(name.replace("-", "_") for name in PRETRAINED), "tokenizers"}


def blocked(folder: Path, names: Iterable[str] = NAMES) -> dict[str, str]:
    """What the environment of a program without them has; `folder` holds what it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(BLOCKER.format(names=set(names)))
    return {"PYTHONPATH": str(folder)}
