"""How much room there is, and what the project's folders take of it.

reads   sizes of files; writes nothing
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.terminal import size_in_words

# a file that several of them hold (a hard link) counts once, in the first
FOLDERS = (".dvc/cache", "data", "models", "mlruns", "releases", "state")


@dataclass(frozen=True)
class Disk:
    """Bytes."""

    free: int
    total: int
    folders: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return {"free": self.free, "total": self.total, "folders": self.folders}

    @property
    def sentence(self) -> str:
        big = sorted(self.folders.items(), key=lambda each: -each[1])
        sizes = ", ".join(f"{name} {size_in_words(size)}" for name, size in big if size)
        free, total = size_in_words(self.free), size_in_words(self.total)
        return f"{free} free of {total}; {sizes or 'nothing was made yet'}"


def look(root: Path) -> Disk:
    """The disk that the project is on."""
    usage = shutil.disk_usage(root)
    seen: set[tuple[int, int]] = set()
    sizes = {name: _size(root / name, seen) for name in FOLDERS}
    return Disk(usage.free, usage.total, sizes)


def _size(folder: Path, seen: set[tuple[int, int]]) -> int:
    """Bytes that the files in a folder take on the disk; those `seen` before are left out."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                facts = os.lstat(os.path.join(place, name))  # noqa: PTH118 - of thousands of files
            except OSError:  # it has just been removed
                continue
            key = facts.st_dev, facts.st_ino
            if facts.st_nlink > 1 and key in seen:
                continue
            seen.add(key)
            size += facts.st_blocks * 512
    return size
