"""Drops in the shop's own form: each becomes a drop of the contract, which intake then seals.

    data/staging/NAME                   a finished file in a form that `source` maps
    data/staging/.foreign/NAME          out of its writer's reach, by a rename; in a folder there
                                        while another of the name is still written
    data/staging/STEM-<16 hex>.csv      the same rows in the form of the contract
    data/staging/.translated/           the file as it came; nobody reads it again

The hash is that of the file as it came, so that a kill at any point is mended by the next run: the
same drop is written again, and intake knows its content. A drop that has the header of the
contract is left to intake, and so is one without any column of a mapping; one that has some of
them is refused with what it lacks.
"""

import logging
import re
import time
from datetime import datetime
from pathlib import Path

from recsys.files.atomic import atomic, fsync_folder, sha256_of, write_text
from recsys.intake.claims import FOREIGN, GRACE_S, POLL_S, REFUSED, may_be_mapped, shown
from recsys.intake.drop_log import Entry, not_before, note
from recsys.intake.open_files import is_written
from recsys.program.errors import DataError
from recsys.source import unread
from recsys.source.forms import (
    OPEN_QUOTE,
    difference,
    fitting,
    is_of_contract,
    quote_is_open,
    reads_more,
)
from recsys.source.params import InteractionFiles, Params
from recsys.source.translate import Counts, translate

DONE = ".translated"

log = logging.getLogger(__name__)


def take(
    staging: Path,
    batches: Path,
    params: Params,
    now: datetime,
    settle_s: float,
    raw: Path | None = None,
) -> None:
    """Translate the drops that fit a mapping, which files in `raw` have. One that is still written
    waits for the next run; one that is refused gets a line in the drop log of `batches`.

    DataError, after all others are translated, if one cannot be read; it lies in `.refused` then.
    """
    faults = []
    for path in _claimed(staging, params):
        if not _is_finished(path, now, settle_s):
            log.info("%s: still being written; the next run takes it", shown(path.name))
            continue
        try:
            _translate(path, staging, params, raw)
        except DataError as error:
            _note(path, batches, str(error), now)
            faults.append(_refuse(path, staging, str(error)))
    if faults:
        more = f" (and {len(faults) - 1} more files)" if len(faults) > 1 else ""
        raise DataError(
            f"{faults[0]}{more}; mend it and drop it again; the next run goes on without it"
        )


def _claimed(staging: Path, params: Params) -> list[Path]:
    """The drops that were claimed before, and those that are claimed now: they fit a mapping, or
    nearly do.
    """
    claimed = _claimed_before(staging)
    for path in _candidates(staging):
        if _fit(path, params) is None and not _difference(path, params):
            continue
        target = _free(staging / FOREIGN, path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        claimed.append(target)
    return claimed


def _claimed_before(staging: Path) -> list[Path]:
    folder = staging / FOREIGN
    found = [*folder.glob("*"), *folder.glob("[0-9]*/*")]
    return sorted(
        path
        for path in found
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )


def _free(folder: Path, name: str) -> Path:
    """A place for a drop of this name; one of the name may still be written there."""
    target, number = folder / name, 2
    while target.exists():
        target = folder / str(number) / name
        number += 1
    return target


def is_waiting(staging: Path, params: Params) -> bool:
    """Whether a drop lies there that fits a mapping, claimed or not."""
    return bool(_claimed_before(staging)) or any(
        _fit(path, params) is not None for path in _candidates(staging)
    )


def _candidates(staging: Path) -> list[Path]:
    names = []
    for path in sorted(staging.iterdir()) if staging.is_dir() else []:
        is_file = path.is_file() and not path.is_symlink()
        if is_file and not path.name.startswith(".") and may_be_mapped(path.name):
            names.append(path)
    return [path for path in names if path.stat().st_size]


def _fit(path: Path, params: Params) -> InteractionFiles | None:
    """The mapping that the file fits; None leaves it to intake."""
    try:
        found = fitting(path, params.interactions)
        is_ours = path.name.endswith(".csv") and is_of_contract(path)
        if is_ours and not (found and reads_more(path, found)):
            return None
        return found
    except (DataError, OSError, ValueError):
        return None


def _difference(path: Path, params: Params) -> str:
    """What a drop lacks to fit the nearest mapping; "" leaves it to intake."""
    try:
        if path.name.endswith(".csv") and is_of_contract(path):
            return ""
        return difference(path, params.interactions)
    except (
        DataError
    ) as error:  # damaged: of a name that is not intake's it would lie there
        return "" if path.name.endswith(".csv") else _without(path, str(error))
    except (OSError, ValueError):
        return ""


def _without(path: Path, words: str) -> str:
    """The words without the place before them."""
    return words.removeprefix(f"{path}: ")


def _is_finished(path: Path, now: datetime, settle_s: float) -> bool:
    """Whether nobody writes the file any more; it is waited for, at most `settle_s` seconds."""
    end = time.monotonic() + settle_s
    time.sleep(min(GRACE_S, settle_s))
    while True:
        with path.open("rb") as handle:
            if not is_written(handle.fileno(), now):
                return True
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_S)


def _translate(path: Path, staging: Path, params: Params, raw: Path | None) -> None:
    mapping = _fit(path, params)
    if mapping is None:
        lack = _difference(path, params) or "it fits no mapping of source any more"
        raise DataError(f"{shown(path.name)}, {lack}")
    if fault := unread.fault_of_file(path, shown(path.name), mapping, raw):
        raise DataError(f"{shown(path.name)}: {fault}")
    digest = sha256_of(path)[:16]
    target = staging / f"{_safe(path.name)}-{digest}.csv"
    with atomic(target) as temp, temp.open("wb") as out:
        counts = translate(path, shown(path.name), mapping, out).counts
        if not counts.rows and not counts.left_out and quote_is_open(path, mapping):
            raise DataError(f"{shown(path.name)}, line 1: {OPEN_QUOTE}")
    done = staging / DONE
    done.mkdir(exist_ok=True)
    _move(path, done / f"{digest}-{path.name}")
    fsync_folder(done)
    log.info("%s: %s", shown(path.name), _said(counts, target.name))


def _said(counts: Counts, target: str) -> str:
    parts = [f"{counts.rows} rows, now {target}"]
    parts += [f"{what}: {count}" for what, count in sorted(counts.converted.items())]
    parts += [f"left out {what}: {count}" for what, count in counts.left_out.items()]
    return "; ".join(parts)


def _safe(name: str) -> str:
    """The name without its ending, as letters, digits, `_`, `.` and `-`."""
    return re.sub(r"[^\w.-]", "_", name.split(".")[0], flags=re.ASCII)[:60] or "drop"


def _note(path: Path, batches: Path, reason: str, now: datetime) -> None:
    """A line of the drop log for a drop that is refused."""
    batches.mkdir(parents=True, exist_ok=True)
    at, size = not_before(batches, now).isoformat(), path.stat().st_size
    digest, name = sha256_of(path), shown(path.name)
    note(batches, Entry(at, name, size, None, digest, None, "refused", reason))


def _refuse(path: Path, staging: Path, reason: str) -> str:
    """Put a drop that cannot be read aside, with the reason beside it, and beside one of the same
    name that was refused before.
    """
    target = staging / REFUSED / path.name
    if target.exists():
        target = target.with_name(f"{sha256_of(path)[:16]}-{path.name}")
    write_text(target.with_name(f"{target.name}.reason.txt"), f"{reason}\n")
    _move(path, target)
    return f"{target}: {reason}"


def _move(path: Path, target: Path) -> None:
    """Put a claimed drop elsewhere; the folder that it had for itself goes."""
    path.rename(target)
    if path.parent.name != FOREIGN:
        path.parent.rmdir()
