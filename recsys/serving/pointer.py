"""releases/current: which release is served. A small file with the model's id, replaced by rename.

It is no link: a link could lead elsewhere, and rsync, tar and Docker each treat links differently.
"""

import re
from pathlib import Path

from recsys.files.atomic import write_text
from recsys.program.errors import DataError
from recsys.serving.array_files import is_missing, opened

CURRENT = "current"
MODEL_ID = re.compile(r"[a-z][a-z0-9_]{0,31}-[0-9a-f]{12}")
LONGEST = 200  # bytes of the file
SHOWN = 60  # characters of what is no id
ADVICE = "run `python runner.py promote` to write it"


def check_id(model_id: str) -> str:
    """The id itself. DataError if it is none: it becomes the name of a folder."""
    if not MODEL_ID.fullmatch(model_id):
        raise DataError(
            f"{model_id[:SHOWN]!r} is not the id of a model, such as als-0123456789ab"
        )
    return model_id


def current(releases: Path) -> str | None:
    """The id of the release that is served; None if none was published yet.

    DataError if the file is no such pointer, or if the system does not let it be read.
    """
    path = releases / CURRENT
    if is_missing(path):
        return None
    with opened(path, ADVICE) as file:
        content = file.read(LONGEST)
    try:
        return check_id(content.decode().strip())
    except (DataError, UnicodeDecodeError):
        raise DataError(f"{path}: holds no id of a model; {ADVICE}") from None


def switch(releases: Path, model_id: str) -> None:
    """Let `current` name this release, from one moment to the next."""
    write_text(releases / CURRENT, f"{check_id(model_id)}\n")
