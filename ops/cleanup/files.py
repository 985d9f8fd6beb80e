"""Files that are old or many: logs, checkpoints, what a kill left half made, empty folders.

reads   state/logs/, models/<type>/checkpoints/, state/, data/cache/; writes nothing
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

LEFT = (
    "audit-*",
    "reproduce-*",
    "dvc.lock.broken",
    "said/*.json",
)  # in state/, by a kill
HALF_MADE = ".*.part"
LEFT_FOR = timedelta(days=1)  # then nobody works in it any more


def older(paths: Iterator[Path], limit: datetime) -> list[Path]:
    """Those that were last written before `limit`, in order."""
    return sorted(path for path in paths if path.lstat().st_mtime < limit.timestamp())


def old_logs(folder: Path, now: datetime, days: float) -> list[Path]:
    """Files under `folder` that were last written more than `days` days before `now`."""
    files = (
        path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    )
    return older(files, now - timedelta(days=days))


def extra_checkpoints(models: Path, keep: int) -> list[Path]:
    """All but the newest `keep` entries of each `models/<type>/checkpoints`."""
    extra: list[Path] = []
    for folder in sorted(models.glob("*/checkpoints")):
        entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
        entries.sort(key=lambda path: (path.lstat().st_mtime_ns, path.name))
        extra.extend(entries[:-keep])
    return extra


def left_over(state: Path, cache: Path, now: datetime) -> list[Path]:
    """What a kill has left half made, and nobody has touched for a day."""
    in_state = (path for pattern in LEFT for path in state.glob(pattern))
    half_made = (path for root in (state, cache) for path in root.rglob(HALF_MADE))
    return older(in_state, now - LEFT_FOR) + older(half_made, now - LEFT_FOR)


def unused_caches(cache: Path, encoder: str, scorer: str) -> list[Path]:
    """Files that no setting of params.yaml reads: vectors of texts where no transformer makes them,
    scores of comments where nothing is learned. They are speed, never results.
    """
    unused: list[Path] = []
    if encoder == "lexical":
        unused += sorted(cache.glob("vectors.db*"))
    if scorer == "simple":
        unused += sorted(cache.glob("quality.*"))
    return unused


def empty_folders(root: Path, gone: set[Path]) -> list[Path]:
    """Folders below `root` in which nothing is but what is `gone`, the deepest first; one that
    holds only such ones is one itself.
    """
    empty: set[Path] = set()
    folders = [path for path in root.rglob("*") if path.is_dir()]
    folders.sort(key=lambda path: (-len(path.parts), path))
    for folder in folders:
        if folder.is_symlink() or gone & {folder, *folder.parents}:
            continue
        if all(entry in empty or entry in gone for entry in folder.iterdir()):
            empty.add(folder)
    return [folder for folder in folders if folder in empty]
