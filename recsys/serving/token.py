"""The bearer token of /reload_model: shared by the service and by who deploys to it.

It is the variable RECOMMENDER_TOKEN, else the content of state/service.token, which is made on
first use and can be read by its owner only. It is never printed, logged or sent anywhere but in the
header of a reload.
"""

import os
import re
import secrets
from pathlib import Path

from recsys.program.errors import ConfigError

VARIABLE = "RECOMMENDER_TOKEN"
FILE = "service.token"
GOOD = re.compile(r"[\x21-\x7e]{16,256}")
ADVICE = "16 to 256 printable characters without spaces are needed"


def token(state: Path) -> str:
    """The token. ConfigError if it is set to something that is none, or cannot be read."""
    if VARIABLE in os.environ:
        return _checked(os.environ[VARIABLE], f"variable {VARIABLE}")
    path = state / FILE
    _make(path)
    try:
        content = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}); run as its owner, or set {VARIABLE}"
        ) from None
    return _checked(content, str(path))


def is_right(header: str | None, wanted: str) -> bool:
    """Whether an Authorization header carries the token, in a time that tells nothing of it."""
    scheme, _, given = (header or "").partition(" ")
    same = secrets.compare_digest(given.strip().encode(), wanted.encode())
    return same and scheme.lower() == "bearer"


def _make(path: Path) -> None:
    """Write a new token, if there is no file yet; whole, however many try at once."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temp = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
    try:
        os.link(
            temp, path
        )  # unlike a rename, it never replaces that of another process
    except FileExistsError:
        pass
    finally:
        temp.unlink()


def _checked(value: str, place: str) -> str:
    if not GOOD.fullmatch(value):
        raise ConfigError(f"{place}: not a token; {ADVICE}")
    return value
