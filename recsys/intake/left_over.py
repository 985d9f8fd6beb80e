"""Whether `data/staging` has something that the next merge takes in: a drop that came while the
last one ran, or one that is not taken whole yet, as it was still written.

DVC knows the folder as it was after the last merge, with all that was left in it.
"""

from collections.abc import Iterator
from pathlib import Path

from recsys.intake.claims import CLAIMED, FOREIGN
from recsys.program.command_line import PARAMS_FILE
from recsys.program.errors import UserError


def is_any(staging: Path, params: Path = Path(PARAMS_FILE)) -> bool:
    """Whether there is anything to take. What is neither a CSV file nor of a form that `source` in
    params.yaml maps is not: it lies there for ever.
    """
    if any(map(_is_drop, [*_in(staging), *(staging / CLAIMED).glob("*/*")])):
        return True
    others = (path for path in _in(staging) if not path.name.startswith("."))
    if not any([*others, *_in(staging / FOREIGN)]):
        return False
    # only now: they load what reads other forms
    from recsys.intake import foreign_drops
    from recsys.program.params import load
    from recsys.source.params import Params

    try:
        source = load(Params, "source", params)
    except UserError:  # the check of it says it
        return False
    return not source.is_contract and foreign_drops.is_waiting(staging, source)


def _in(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _is_drop(path: Path) -> bool:
    is_named = path.suffix == ".csv" and not path.name.startswith(".")
    try:
        is_file = path.is_file() and not path.is_symlink()
        return is_named and is_file and path.stat().st_size > 0
    except OSError:  # its writer has taken it back
        return False
