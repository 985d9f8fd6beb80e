"""What holds the house besides the floors (pyproject.toml, `lint-imports`): each check returns
messages that name the place and say what to do; none if all is well.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

from bench.house import figures

SERVED = ("recsys", "stages", "ops", "runner", "service")


def long_modules(root: Path) -> list[str]:
    """Modules with more lines than a module may have."""
    most = figures.LONGEST_MODULE
    return [
        f"{path}: more than {most} lines; give one of its nouns a module of its own"
        for path in figures.long_modules(root)
    ]


def modules_without_test(root: Path) -> list[str]:
    """Modules that have no test file of their own."""
    messages = []
    for path in map(Path, figures.without_test(root)):
        test = Path("tests") / path.parent / f"test_{path.name}"
        messages.append(f"{path}: no test file of its own; write {test}")
    return messages


# ---- params.yaml ----


def unread_params(root: Path) -> list[str]:
    """Keys of params.yaml that no code reads: neither as an attribute nor by a string."""
    sections = YAML(typ="safe", pure=True).load(
        (root / "params.yaml").read_text(encoding="utf-8")
    )
    read = _names_read(root)
    return [
        f"params.yaml: nobody reads {path}; use it, or delete it here and in its Params class"
        for path in _keys(sections)
        if path.rpartition(".")[2] not in read
    ]


def _keys(found: object, above: str = "") -> Iterator[str]:
    """The dotted path of each key, sections first."""
    if isinstance(found, dict):
        for key, value in found.items():
            path = f"{above}.{key}" if above else str(key)
            yield path
            yield from _keys(value, path)


def _names_read(root: Path) -> set[str]:
    """Attributes that some code reads, and words that stand in a string which is no docstring."""
    names: set[str] = set()
    for module in figures.modules(root, *SERVED):
        documented = figures.docstring_lines(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and node.lineno not in documented:
                names.add(str(node.value))
    return names
