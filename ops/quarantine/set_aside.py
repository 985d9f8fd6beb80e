"""Take a sealed batch out of the merge, in a way that an operator can undo; or let one go whose
file is missing.

writes  data/batches/aside/BATCH, and BATCH.txt beside it, which says how to bring it back
        the drop log: that it is meant to be out
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from ops.quarantine.places import Places
from ops.quarantine.prefixes import the_one
from recsys.files.atomic import fsync_folder, write_text
from recsys.intake import absent, drop_log, last_run
from recsys.intake.batches import sealed
from recsys.program.errors import ConfigError, DataError


def set_aside(places: Places, name: str, now: datetime) -> str:
    """Move a sealed batch to data/batches/aside, by its name or the beginning of it; says how to
    bring it back. Of a batch whose file is missing the drop log says that it is meant to be.

    ConfigError if there is none of this name; DataError if it was folded into an archive.
    """
    folder, aside = places.batches, places.batches / absent.ASIDE
    missing = _missing(places)
    name = _checked(places, name, missing)
    if name in missing:
        _note(folder, missing[name], now)
        return _let_go([name], folder)
    back = f"bring it back with: mv {aside / name} {folder / name}"
    note = f"{now:%Y-%m-%d %H:%M} UTC: set aside, merge does not read it; {back}\n"
    write_text(aside / f"{name}.txt", note)
    (folder / name).rename(aside / name)
    fsync_folder(aside)
    fsync_folder(folder)
    told = drop_log.last_lines(folder).get(name)
    _note(folder, told or {"file": name, "batch": name}, now)
    return f"{name} is set aside: the next `python runner.py repro` leaves its rows out\n{back}"


def let_missing_go(places: Places, now: datetime) -> str:
    """Let the drop log say of all batches whose files are missing that they are meant to be.

    ConfigError if none is missing.
    """
    missing = _missing(places)
    if not missing:
        raise ConfigError(f"{places.batches}: no batch is missing; nothing to do")
    for line in missing.values():
        _note(places.batches, line, now)
    return _let_go(list(missing), places.batches)


def _missing(places: Places) -> dict[str, dict[str, Any]]:
    """Lines of the drop log of the batches whose files are missing, by name; of those of the last
    run, too, that went with the log.
    """
    found = absent.look(places.batches, last_run.of_project(places.root))
    return {str(line["batch"]): line for line in (*found.missing, *found.gone)}


def _note(folder: Path, line: dict[str, Any], now: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    drop_log.note(folder, absent.again(line, now, "aside"))


def _let_go(names: list[str], folder: Path) -> str:
    return (
        f"{', '.join(names)}: missing, and from now on meant to be: the next `python runner.py "
        f"repro` goes on without the rows\nbring a batch back by its file: put it into {folder}"
    )


def _checked(places: Places, word: str, missing: dict[str, dict[str, Any]]) -> str:
    """The name of the batch."""
    folder = places.batches
    batches = {batch.name: batch for batch in sealed(folder)}
    name = the_one(word, [*batches, *missing], "no sealed batch is named")
    if name in missing:
        return name
    archive = batches[name].path
    if archive.name != name:
        unpack = f"python -m zipfile -e {archive} {folder} && rm {archive}"
        raise DataError(f"{name} lies in {archive}; unpack that first: `{unpack}`")
    return name
