"""The URL of a database with its password, which stands neither in params.yaml nor on any command
line.

reads   the variable SHOP_SQL_PASSWORD
        state/sql.password      one line, of mode 600, else it is refused

Where there is neither, PostgreSQL's own ways do: PGPASSWORD, ~/.pgpass, or no password at all.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ops import secret_file
from recsys.program.errors import ConfigError

VARIABLE = "SHOP_SQL_PASSWORD"
FILE = "sql.password"
CONNECT_S = 10  # PostgreSQL: so long is a connection waited for


def password_of(state: Path, environment: Mapping[str, str] = os.environ) -> str:
    """The password; "" if none is set. ConfigError if others can read the file."""
    if found := environment.get(VARIABLE, ""):
        return found
    lines = secret_file.lines(state / FILE, "the password")
    return lines[0] if lines else ""


def with_password(url: str, password: str) -> str:
    """The URL as PostgreSQL's library takes it."""
    parts = urlsplit(url)
    query = parts.query
    if "connect_timeout=" not in query:
        query = "&".join(filter(None, [query, f"connect_timeout={CONNECT_S}"]))
    user, at, host = parts.netloc.rpartition("@")
    if password:
        user, at = f"{user}:{quote(password, safe='')}", "@"
    return f"postgresql://{user}{at}{host}{parts.path}?{query}"


def without_secret(text: str, password: str) -> str:
    """A message without the password, as it is and as it stands in a URL."""
    for secret in filter(None, {password, quote(password, safe="")}):
        text = text.replace(secret, "***")
    return text


def file_of(url: str, folder: Path) -> Path:
    """The file of a SQLite URL, a relative one seen from `folder`. ConfigError if it names none."""
    path = unquote(urlsplit(url).path).removeprefix("/")
    if not path or urlsplit(url).netloc:
        raise ConfigError(
            f"{url}: names no file; write sqlite:////path/of/the/file (four slashes)"
        )
    return folder / path


def absolute(url: str, folder: Path) -> str:
    """The URL with the whole path of a SQLite file."""
    if urlsplit(url).scheme != "sqlite":
        return url
    return f"sqlite:///{quote(str(file_of(url, folder).resolve()))}"
