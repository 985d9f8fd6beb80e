"""Which files of this house a module imports, followed through all of them.

Imports inside functions count.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("recsys", "stages", "ops", "bench")


def direct(path: Path) -> set[Path]:
    """Files of the house that `path` imports, as they stand in its text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {
                node.module,
                *(f"{node.module}.{alias.name}" for alias in node.names),
            }
    return {file for name in names for file in _files(name)}


def _files(name: str) -> list[Path]:
    """The module's file and the `__init__` of every package above it, if it is one of ours."""
    parts = name.split(".")
    if parts[0] not in HOUSES and not (
        len(parts) == 1 and (ROOT / f"{name}.py").exists()
    ):
        return []
    packages = [
        ROOT.joinpath(*parts[:depth], "__init__.py")
        for depth in range(1, len(parts) + 1)
    ]
    return [
        path
        for path in [ROOT.joinpath(*parts).with_suffix(".py"), *packages]
        if path.exists()
    ]


def transitive(path: Path) -> set[Path]:
    """All files of the house that running `path` can load, itself among them."""
    seen: set[Path] = set()
    todo = {path, *(p for p in [path.parent / "__init__.py"] if p.exists())}
    while todo:
        now = todo.pop()
        if now not in seen:
            seen.add(now)
            todo |= direct(now)
    return seen
