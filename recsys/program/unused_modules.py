"""Modules of numpy that scipy loads and no program here uses: they are loaded when one is used.

`import scipy.sparse` names all that numpy has, and with it a compiler of Fortran and a framework of
tests: half of the time that it takes.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

UNUSED = ("numpy.f2py", "numpy.testing")


class WhenUsed:
    """Finds the modules of UNUSED as others would, and lets them be loaded at their first use."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, _: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for any other module."""
        if name not in UNUSED:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def load_when_used() -> None:
    """Let this process load them so; call it before numpy is loaded."""
    if WhenUsed not in sys.meta_path:
        sys.meta_path.insert(0, WhenUsed)
