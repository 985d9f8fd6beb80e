"""What removes, or only says what would go; and how much that was, by kind."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.terminal import aligned, size_in_words


@dataclass(frozen=True)
class Gone:
    """One thing that was removed, or would be."""

    kind: str
    what: str
    size: int  # bytes


@dataclass
class Broom:
    """Removes things, saying each; a dry one only says them."""

    dry_run: bool
    say: Callable[[str], None]
    gone: list[Gone] = field(default_factory=list)
    paths: set[Path] = field(default_factory=set)  # that are gone, or would be

    def sweep(self, kind: str, paths: Sequence[Path], empty: bool = False) -> None:
        """Remove files and folders, as far as they are there; `empty` ones have no size."""
        for path in paths:
            if path.exists() or path.is_symlink():
                size = 0 if empty else size_of(path)
                if not self.dry_run:
                    remove(path)
                self.paths.add(path)
                self.note(kind, str(path), size)

    def note(self, kind: str, what: str, size: int = 0) -> None:
        """Say, and count, what has no path of its own."""
        verb = "would remove" if self.dry_run else "removed"
        self.gone.append(Gone(kind, what, size))
        self.say(f"{verb} {what}" + (f" ({size_in_words(size)})" if size else ""))

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """How many things of each kind, and how many bytes."""
        kinds = dict.fromkeys(gone.kind for gone in self.gone)
        return {
            kind: (
                sum(gone.kind == kind for gone in self.gone),
                sum(gone.size for gone in self.gone if gone.kind == kind),
            )
            for kind in kinds
        }

    def table(self) -> list[str]:
        """A line for each kind, and one for all."""
        verb = "Would remove" if self.dry_run else "Removed"
        size = size_in_words(sum(gone.size for gone in self.gone))
        rows = [
            (f"  {kind}", str(count), size_in_words(size))
            for kind, (count, size) in self.by_kind().items()
        ]
        return [*aligned(rows), f"{verb} {len(self.gone)} things, {size}."]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        kinds = self.by_kind().items()
        return {
            "dry_run": self.dry_run,
            "things": len(self.gone),
            "bytes": sum(gone.size for gone in self.gone),
            "kinds": {kind: {"things": n, "bytes": size} for kind, (n, size) in kinds},
            "gone": [vars(gone) for gone in self.gone],
        }


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; a link counts as itself."""
    if path.is_dir() and not path.is_symlink():
        inside = [
            entry
            for entry in path.rglob("*")
            if entry.is_symlink() or not entry.is_dir()
        ]
        return sum(entry.lstat().st_size for entry in inside)
    return path.lstat().st_size


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
