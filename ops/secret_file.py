"""A file with secrets: of mode 600, else it is refused."""

import os
import stat
from pathlib import Path

from recsys.program.errors import ConfigError


def lines(path: Path, holds: str) -> list[str]:
    """Its lines without blanks around them, no empty ones and no comments (`#`); none if there is
    no such file. `holds` says what stands there: "URLs".

    ConfigError if others can read it, or it is no text.
    """
    try:
        _check(path, path.stat(), holds)
        with path.open(encoding="utf-8") as handle:
            texts = [line.strip() for line in handle]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"{path}: {reason}; correct it or delete it") from None
    return [text for text in texts if text and not text.startswith("#")]


def _check(path: Path, found: os.stat_result, holds: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(
            f"{path}: not a file; take it away, or write {holds} into a file"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise ConfigError(
            f"{path}: mode {mode:o}: others can read the passwords in it, so it is not used; "
            f"run `chmod 600 {path}`"
        )
