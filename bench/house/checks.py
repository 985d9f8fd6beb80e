"""What holds the house besides the floors (pyproject.toml, `lint-imports`): each check returns
messages that name the place and say what to do; none if all is well.
"""

import ast
import difflib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bench.house import figures

SERVED = ("recsys", "stages", "ops", "runner", "service")
PAGES = ("README.md", "CONTRIBUTING.md", "params.yaml", "Makefile", "docs/*.md")

RUNNER = re.compile(
    r"(?:python |`)runner\.py ([a-z][a-z-]*)((?: --?[a-z][a-z-]*(?:[ =][A-Z0-9][\w.-]*)?)*)"
)
MAKE = re.compile(r"`make ([a-z]+)`")
STAGE = re.compile(r"`dvc repro ([a-z_]+)`")
MODULE = re.compile(r"python -m ((?:bench|stages|ops|recsys|tests)[\w.]*)")
CODE = re.compile(
    r"\b(?:docs|bench|recsys|ops|stages|tests|tools)/[\w./-]*\.(?:py|md|sh|svg|png)\b"
)
OUT = re.compile(r"\b(?:metrics|reports|plots)/[\w.-]+\.(?:json|html|csv)\b")


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


# ---- advice ----


def wrong_advice(root: Path) -> list[str]:
    """Commands, options, stages and files that a message or a page names and that do not exist."""
    messages = []
    for place, text in (*_strings(root), *_pages(root)):
        messages += [f"{place}: {message}" for message in _wrong(text, root)]
    return messages


def _strings(root: Path) -> Iterator[tuple[str, str]]:
    """Each string of the code with its place; the parts of an f-string one by one."""
    for module in figures.modules(root, *SERVED, "bench"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{module.path.relative_to(root)}:{node.lineno}", node.value


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    """Each line of the documents with its place."""
    for pattern in PAGES:
        for path in sorted(root.glob(pattern)):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                yield f"{path.relative_to(root)}:{number}", line


def _wrong(text: str, root: Path) -> Iterator[str]:
    """What is wrong with the advice of one string or line."""
    text = " ".join(text.split())
    for found in RUNNER.finditer(text):
        yield from _wrong_command(found[1], re.findall(r"--[a-z-]+", found[2]), root)
    for pattern, exists, message in ADVICE:
        for name in pattern.findall(text):
            if not exists(root, name):
                yield message.format(name)


def _is_module(root: Path, name: str) -> bool:
    path = root / name.rstrip(".").replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def _is_target(root: Path, name: str) -> bool:
    return name in _targets(root)


def _is_stage(root: Path, name: str) -> bool:
    return name in _graph(root)


def _is_out(root: Path, name: str) -> bool:
    return name in _outs(root)


def _is_file(root: Path, name: str) -> bool:
    return (root / name).exists()


ADVICE: tuple[tuple[re.Pattern[str], Callable[[Path, str], bool], str], ...] = (
    (MAKE, _is_target, "advises `make {}`, but the Makefile has no such target"),
    (STAGE, _is_stage, "advises `dvc repro {}`, but dvc.yaml has no such stage"),
    (MODULE, _is_module, "advises `python -m {}`, but there is no such module"),
    (CODE, _is_file, "names {}, but there is no such file"),
    (OUT, _is_out, "names {}, but no stage of dvc.yaml writes it"),
)


def _wrong_command(command: str, options: list[str], root: Path) -> Iterator[str]:
    commands = _commands(root)
    if command not in commands:
        near = difflib.get_close_matches(command, commands, 1) or sorted(commands)
        yield f"advises `runner.py {command}`, which is no command (known: {', '.join(near)})"
        return
    for option in options:
        if option not in _help(root, command):
            yield f"advises `runner.py {command} {option}`, but the command has no such option"


@cache
def _help(root: Path, *words: str) -> str:
    command = [sys.executable, str(root / "runner.py"), *words, "--help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


@cache
def _commands(root: Path) -> frozenset[str]:
    """What stands at the beginning of a line in the help of runner.py."""
    return frozenset(
        re.findall(r"^[ │]+([a-z][a-z-]*) {2,}", _help(root), re.MULTILINE)
    )


@cache
def _targets(root: Path) -> frozenset[str]:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


@cache
def _graph(root: Path) -> dict[str, dict[str, list[object]]]:
    """The stages of dvc.yaml by name."""
    text = (root / "dvc.yaml").read_text(encoding="utf-8")
    stages: dict[str, dict[str, list[object]]] = YAML(typ="safe", pure=True).load(text)[
        "stages"
    ]
    return stages


@cache
def _outs(root: Path) -> frozenset[str]:
    outs: set[str] = set()
    for stage in _graph(root).values():
        for kind in ("outs", "metrics", "plots"):
            for out in stage.get(kind, ()):
                outs |= set(out) if isinstance(out, dict) else {str(out)}
    return frozenset(outs)
