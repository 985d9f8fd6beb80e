"""Take a sealed batch out of the merge, in a way that an operator can undo.

writes  data/batches/aside/BATCH, and BATCH.txt beside it, which says how to bring it back
"""

from datetime import datetime

from ops.quarantine.places import Places
from ops.quarantine.prefixes import the_one
from recsys.files.atomic import fsync_folder, write_text
from recsys.intake.batches import sealed
from recsys.program.errors import DataError


def set_aside(places: Places, name: str, now: datetime) -> str:
    """Move a sealed batch to data/batches/aside, by its name or the beginning of it; says how to
    bring it back.

    ConfigError if there is none of this name; DataError if it was folded into an archive.
    """
    folder, aside = places.batches, places.batches / "aside"
    name = _checked(places, name)
    back = f"bring it back with: mv {aside / name} {folder / name}"
    note = f"{now:%Y-%m-%d %H:%M} UTC: set aside, merge does not read it; {back}\n"
    write_text(aside / f"{name}.txt", note)
    (folder / name).rename(aside / name)
    fsync_folder(aside)
    fsync_folder(folder)
    return f"{name} is set aside: the next `python runner.py repro` leaves its rows out\n{back}"


def _checked(places: Places, word: str) -> str:
    """The name of the batch."""
    folder = places.batches
    batches = {batch.name: batch for batch in sealed(folder)}
    name = the_one(word, batches, "no sealed batch is named")
    archive = batches[name].path
    if archive.name != name:
        unpack = f"python -m zipfile -e {archive} {folder} && rm {archive}"
        raise DataError(f"{name} lies in {archive}; unpack that first: `{unpack}`")
    return name
