"""Which remote is DVC's default, and how it is set.

reads   .dvc/config, .dvc/config.local
"""

import re
from collections.abc import Mapping
from pathlib import Path

SECTION = re.compile(r"^'?remote \"(.*)\"'?$")
ADDRESSES = ("url", "endpointurl", "proxy")
PASSWORD = re.compile(r"//[^/\s]*:[^/\s]*@")
HIDE_IT = (
    "take it out of the address, and keep it in .dvc/config.local as an option of the remote, or "
    "in the environment (docs/shared-stores.md)"
)


def default(root: Path) -> tuple[str, dict[str, str]]:
    """Name and options of the default remote, "" if there is none; config.local goes before."""
    from configparser import ConfigParser, Error  # here: few repros have a remote

    config = ConfigParser(interpolation=None)
    try:
        config.read([root / ".dvc/config", root / ".dvc/config.local"], "utf-8")
    except (Error, UnicodeDecodeError):  # DVC says it
        return "", {}
    name = config.get("core", "remote", fallback="")
    options: dict[str, str] = {}
    for section in config.sections():
        found = SECTION.match(section)
        if found and found[1] == name:
            options |= dict(config[section])
    return name, options


def has_password(options: Mapping[str, str]) -> bool:
    """Whether one of its addresses has a password in it: DVC shows addresses."""
    return any(PASSWORD.search(options.get(each, "")) for each in ADDRESSES)
