"""Where code and data of an earlier day are: git, DVC's cache, and the project as it stands.

reads   git, .dvc/cache, data/raw, data/batches, data/staging, recsys/, stages/; writes what it is
        asked for into a scratch folder
"""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from configparser import ConfigParser
from functools import cached_property
from pathlib import Path

from ops.reproduce.hashes import entries, md5_of_any, md5_of_entries
from ops.reproduce.record import CODE, Entry, Record
from recsys.files.atomic import fsync_folder
from recsys.program.errors import DataError

GIT_S = 120


class Data:
    """Data by its hash."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folders: dict[
            str, list[tuple[str, str]]
        ] = {}  # files by path, hashed once

    @cached_property
    def cache(self) -> Path:
        """DVC's cache, wherever the project's configuration puts it."""
        folder = self.root / ".dvc"
        config = ConfigParser(interpolation=None)
        config.read([folder / "config", folder / "config.local"], encoding="utf-8")
        place = config.get("cache", "dir", fallback="cache").strip("\"'")
        return folder / place / "files/md5"

    def has(self, entry: Entry) -> bool:
        """Whether the file or folder can be had as it was."""
        if entry.md5.endswith(".dir"):
            return self._as_it_was(entry) is not None
        return self._cached(entry).is_file()

    def lay_out(self, entry: Entry, scratch: Path) -> None:
        """Let the scratch folder have it: a link to the cache, which nobody writes to; a copy of a
        folder.
        """
        target = scratch / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not entry.md5.endswith(".dir"):
            _link(self._cached(entry), target)
            return
        target.mkdir()
        for name, _ in self._as_it_was(entry) or ():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / entry.path / name, target / name)

    def _cached(self, entry: Entry) -> Path:
        return self.cache / entry.md5[:2] / entry.md5[2:]

    def _as_it_was(self, entry: Entry) -> list[tuple[str, str]] | None:
        """The files of a folder that is no out (raw files, batches, drops), on that day.

        Batches are numbered and only ever added: an earlier state is the first few of them.
        """
        if entry.path not in self.folders:
            self.folders[entry.path] = entries(self.root / entry.path)
        files = self.folders[entry.path]
        for count in range(len(files), -1, -1):
            if md5_of_entries(files[:count]) == entry.md5:
                return files[:count]
        return None


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copyfile(source, target)


def lay_out_code(
    record: Record, root: Path, wanted: Iterable[Entry], scratch: Path
) -> str:
    """Let the scratch folder have the code that made the model; where it is from, in words.

    It is that of the commit, else the project's own, if its hashes are those of that day. DataError
    says why neither is.
    """
    wanted = list(wanted)
    if record.commit and _archive(root, record.commit, scratch):
        if not (wrong := _wrong(wanted, scratch)):
            return f"commit {record.commit[:12]}"
        why = (
            f"{', '.join(wrong)} of commit {record.commit[:12]} is not what ran: there were "
            f"changes that were not committed ({record.changed or 'not noted which'}); commit "
            f"before you train"
        )
    elif record.commit:
        why = f"commit {record.commit[:12]} is not in this repository; `git fetch` may bring it"
    else:
        why = "the model was made without git, so the code of its day was not kept"
    for name in CODE:
        shutil.rmtree(scratch / name, ignore_errors=True)
        shutil.copytree(
            root / name, scratch / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    if _wrong(wanted, scratch):
        raise DataError(f"{record.model_id} cannot be rebuilt: {why}")
    return "the project's folder: it has the same hashes"


def _wrong(wanted: Iterable[Entry], folder: Path) -> list[str]:
    return [each.path for each in wanted if md5_of_any(folder / each.path) != each.md5]


def _archive(root: Path, commit: str, scratch: Path) -> bool:
    """Write the code of a commit into the folder; False without git or the commit."""
    archive = scratch / ".code.tar"
    paths = [*CODE, "requirements.lock"]
    for listed in (paths, list(CODE)):  # the lock file may not have been there yet
        command = ["git", "-C", str(root), "archive", "-o", str(archive), commit]
        try:
            done = subprocess.run(
                [*command, *listed], capture_output=True, timeout=GIT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode == 0:
            break
    else:
        return False
    with tarfile.open(archive) as packed:
        packed.extractall(scratch, filter="data")
    archive.unlink()
    fsync_folder(scratch)
    return True
