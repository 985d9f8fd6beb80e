"""Folders that the project cannot work in: refused at once, by name.

`:` parts the folders of PATH and PYTHONPATH, `%` is taken for an escape by MLflow's migrations
(which lie in .venv), and what is no text cannot be written into a URL. All else may stand in a
path: blanks, quotes, `?`, `#`, letters of any script.
"""

import sys
from pathlib import Path

from recsys.program.errors import ConfigError


def check(root: Path, python: Path = Path(sys.prefix)) -> None:
    """ConfigError if the path of the project, or of its Python, has a sign that a part of it cannot
    take.
    """
    for path, refused in ((root.resolve(), ":"), (python.absolute(), ":%")):
        odd = {sign for sign in str(path) if sign in refused or not sign.isprintable()}
        if odd:
            raise ConfigError(
                f"{ascii(str(path))[1:-1]}: this path has {', '.join(map(ascii, sorted(odd)))}, "
                "which DVC or MLflow cannot work with; rename the folder, or move the project"
            )
