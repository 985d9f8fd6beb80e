"""The files of a dep of a stage."""

import os
from collections.abc import Iterator
from pathlib import Path


def files_of(dep: Path) -> Iterator[Path]:
    """The file itself, there or not, or each one in the folder; bytecode is left out."""
    if not dep.is_dir():
        yield dep
    for folder, folders, names in os.walk(dep):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            yield Path(folder, name)
