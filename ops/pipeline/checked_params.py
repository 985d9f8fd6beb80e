"""Which params.yaml was checked last, and by what: the same one need not be checked again.

writes  state/params.checked    a hash; deleting it costs the time of a check

To check takes more than a second, as it loads every stage. Each stage checks its own section again
when it runs.
"""

import hashlib
import sys
from importlib.util import find_spec
from pathlib import Path

from recsys.files.atomic import write_text

FILE = "params.checked"  # in the folder state
PARAMS = "params.yaml"
CODE = ("stages", "recsys")
LIBRARIES = ("pydantic", "ruamel.yaml")


def mark_of(root: Path) -> str:
    """The hash of params.yaml and of all that checks it, 64 hex digits; "" if there is no file."""
    params = root / PARAMS
    if not params.is_file():
        return ""
    digest = hashlib.sha256(sys.version.encode())
    for library in LIBRARIES:
        digest.update(f"\0{library} {version(library)}".encode())
    for path in [params, *_modules(root)]:
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(root)} {len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def version(library: str) -> str:
    """The version of a library that is installed."""
    spec = find_spec(library)
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place).parents[library.count(".")]
        names = folder.glob(f"{library}-*.dist-info")
        if found := sorted(path.name for path in names):
            return found[-1]
    from importlib.metadata import version as looked_up  # here: it loads `email`

    return looked_up(library)


def _modules(root: Path) -> list[Path]:
    return sorted(path for wing in CODE for path in (root / wing).rglob("*.py"))


def is_known(state: Path, mark: str) -> bool:
    """Whether what has this mark was found right."""
    try:
        return bool(mark) and _file(state).read_text(encoding="utf-8") == mark
    except (OSError, ValueError):
        return False


def remember(state: Path, mark: str) -> None:
    """Write down that what has this mark is right."""
    if mark:
        write_text(_file(state), mark)


def _file(state: Path) -> Path:
    return state / FILE
