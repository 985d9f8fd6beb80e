"""Take what the shop's web app drops into `data/staging`, and seal it as immutable, numbered batches.

A drop is claimed by a rename, so that no writer can find it again; then it is sealed as
`NNNNNN-<first 16 hex digits of its sha256>.csv`; only then the claimed file goes. A kill between any two steps
is mended by the next intake: content that is sealed already is recognised and adds no row.
"""

import logging
import shutil
import stat
from pathlib import Path

from recsys.artifacts import atomic, fsync_folder, sha256_of
from recsys.contract import STAGING
from recsys.csvfile import read_header
from recsys.errors import DataError

CLAIMED = ".claimed"

log = logging.getLogger(__name__)


def sealed(batches: Path) -> list[Path]:
    """The sealed batches in the order in which they came."""
    return sorted(path for path in batches.glob("[0-9]*-*.csv") if path.is_file())


def take(staging: Path, batches: Path) -> list[Path]:
    """Seal every finished drop in `staging`; return the new batches.

    Only regular files named `*.csv` are taken; anything else of that name is reported and left. DataError if a
    drop has a header that cannot be read: it stays in `staging`, the other drops are sealed first.
    """
    batches.mkdir(parents=True, exist_ok=True)
    taken, problems = [], []
    for path in [*_drops(staging / CLAIMED), *_drops(staging)]:
        try:
            claimed = _claim(path, staging)
        except DataError as error:
            problems.append(str(error))
            continue
        batch = _seal(claimed, batches)
        if batch:
            taken.append(batch)
    if problems:
        more = f" (and {len(problems) - 1} more files)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{more}; mend or remove the file and run again")
    return taken


def _drops(folder: Path) -> list[Path]:
    """Regular files named `*.csv`, oldest name first."""
    found = []
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if stat.S_ISREG(path.lstat().st_mode):
            found.append(path)
        else:
            log.warning("%s: not a regular file; left where it is", path)
    return found


def _claim(path: Path, staging: Path) -> Path:
    """Move a drop out of the writer's reach, unless its header is wrong. An empty drop is not there yet."""
    with path.open("rb") as handle:
        read_header(handle, path, STAGING)
    folder = staging / CLAIMED
    if path.parent == folder:
        return path
    folder.mkdir(exist_ok=True)
    number = 1
    while (target := folder / f"{path.stem}.{number}.csv").exists():
        number += 1
    path.rename(target)
    fsync_folder(staging)
    fsync_folder(folder)
    return target


def _seal(claimed: Path, batches: Path) -> Path | None:
    """The batch with the content of `claimed`, or None if there is one already. The claimed file goes."""
    digest = sha256_of(claimed)[:16]
    known = sealed(batches)
    batch = None
    if any(path.stem.endswith(f"-{digest}") for path in known):
        log.info("%s: this content is sealed already, 0 rows added", claimed.name)
    else:
        number = 1 + max((int(path.stem.split("-")[0]) for path in known), default=0)
        batch = batches / f"{number:06d}-{digest}.csv"
        with atomic(batch) as temp:
            shutil.copyfile(claimed, temp)
    claimed.unlink()
    return batch
