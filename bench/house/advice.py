"""Whether the advice of messages and pages can be followed: each command, option, job, stage, file
and key of params.yaml that they name is there.

An f-string is read as a whole: the constants of its module stand in their places, ANY in that of
all else. What is wrong is named with its place; none if all is well.
"""

import ast
import difflib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bench.house import figures
from ops.scheduler.jobs import JOBS

SERVED = ("recsys", "stages", "ops", "runner", "service", "bench")
PAGES = ("README.md", "CONTRIBUTING.md", "params.yaml", "Makefile", "docs/*.md")
ANY = "ANY"  # what a message fills in

RUNNER = re.compile(
    r"(?:python |`)runner\.py ([a-z][a-z-]*)((?: (?:--?[a-z][a-z-]*|[\w./:=-]+))*)"
)
MAKE = re.compile(r"(?:`|^|\$ )make ([a-z]+)(?:`|$| {2,}|  #)")
DVC = re.compile(r"(?:`|\$ )dvc ([a-z]+)((?: (?:--?[a-z][a-z-]*|[\w./=-]+))*)")
MLFLOW = re.compile(r"`(?:\w+=\S+ )?mlflow ([a-z]+(?: [a-z]+)?)")
MODULE = re.compile(r"python -m ((?:bench|stages|ops|recsys|tests)[\w.]*)")
CODE = re.compile(
    r"\b(?:docs|bench|recsys|ops|stages|tests|tools)/[\w./-]*\.(?:py|md|sh|svg|png)\b"
)
OUT = re.compile(r"\b(?:metrics|reports|plots)/[\w.-]+\.(?:json|html|csv)\b")
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")
NO_KEY = {  # files and attributes that are called as a section of params.yaml
    "csv", "db", "html", "j2", "json", "lock", "log", "md", "parquet", "png", "py", "returncode",
    "urls", "yaml"
}  # fmt: skip
CAUSE = re.compile(r"merge\.(?:blocked|refused)|health\.[A-Z]+")  # what is alerted
BY_OPS = ("reports/gate.html", "reports/index.html")  # by ops/deploy, ops/pages
OF_JOBS = ("run", "why")  # commands whose argument is a job
WITH_COMMANDS = ("quarantine",)  # commands that have commands


def wrong_advice(root: Path) -> list[str]:
    """What a message or a page names and does not exist."""
    messages = []
    for place, text in (*_strings(root), *_pages(root)):
        messages += [f"{place}: {message}" for message in _wrong(text, root)]
    return messages


# ---- where advice stands ----
def _strings(root: Path) -> Iterator[tuple[str, str]]:
    """Each string of the code with its place; an f-string is one."""
    for module in figures.modules(root, *SERVED):
        known = _constants(module.tree)
        place = module.path.relative_to(root)
        inside = {
            id(part)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
            if part is not node
        }
        for node in ast.walk(module.tree):
            if id(node) not in inside and (text := _text(node, known)) is not None:
                yield f"{place}:{getattr(node, 'lineno', 0)}", text


def _constants(tree: ast.Module) -> dict[str, str]:
    """The strings that a module gives a name at its top."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _text(node: ast.AST, known: Mapping[str, str]) -> str | None:
    """What a string says; None if it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            value = part.value
            name = value.id if isinstance(value, ast.Name) else ""
            parts.append(known.get(name, ANY))
        else:
            parts.append(_text(part, known) or "")
    return "".join(parts)


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    """Each line of the documents with its place."""
    for pattern in PAGES:
        for path in sorted(root.glob(pattern)):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                yield f"{path.relative_to(root)}:{number}", line


# ---- what is wrong with it ----
def _wrong(text: str, root: Path) -> Iterator[str]:
    """What is wrong with the advice of one string or line."""
    text = " ".join(text.split())
    for found in RUNNER.finditer(text):
        yield from _wrong_command(found[1], found[2].split("#")[0].split(), root)
    for found in DVC.finditer(text):
        yield from _wrong_dvc(found[1], found[2].split(), root)
    for key in _keys(text, root):
        if not _is_key(key, _sections(root)):
            yield f"names {key}, but params.yaml has no such key"
    for pattern, exists, message in ADVICE:
        for name in pattern.findall(text):
            if not exists(root, name):
                yield message.format(name)


def _wrong_command(command: str, words: list[str], root: Path) -> Iterator[str]:
    commands = _commands(root)
    if command not in commands:
        near = difflib.get_close_matches(command, commands, 1) or sorted(commands)
        yield f"advises `runner.py {command}`, which is no command (known: {', '.join(near)})"
        return
    first = words[0] if words else ANY
    if command in OF_JOBS and re.fullmatch("[a-z]+", first) and first not in JOBS:
        yield f"advises `runner.py {command} {first}`, but there is no such job"
    help_text = _help(root, command)
    if command in WITH_COMMANDS and re.fullmatch("[a-z][a-z-]*", first):
        if re.search(rf"^ +{first} {{2,}}", help_text, re.MULTILINE):
            help_text += _help(root, command, first)
        else:
            yield f"advises `runner.py {command} {first}`, but it has no such command"
            return
    for option in filter(OPTION.fullmatch, words):
        if not _has(help_text, option):
            yield f"advises `runner.py {command} {option}`, but the command has no such option"


def _wrong_dvc(command: str, words: list[str], root: Path) -> Iterator[str]:
    """DVC has the command and its options, and the graph the stages of a repro."""
    help_text = _dvc_help(command)
    if not help_text:
        yield f"advises `dvc {command}`, which is no command"
        return
    for word in words:
        if OPTION.fullmatch(word) and not _has(help_text, word):
            yield f"advises `dvc {command} {word}`, but the command has no such option"
        is_name = re.fullmatch("[a-z_]+", word) and command == "repro"
        if is_name and word not in _graph(root):
            yield f"advises `dvc repro {word}`, but dvc.yaml has no such stage"


def _has(help_text: str, option: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_text))


# ---- keys of params.yaml ----
def _keys(text: str, root: Path) -> list[str]:
    """What looks like a key: a section, and what stands behind its point."""
    names = "|".join(_sections(root))
    dotted = re.findall(rf"(?<![\w./-])((?:{names})(?:\.\w+)+)(?![\w(/])", text)
    return [
        key
        for key in dotted
        if not NO_KEY & set(key.split(".")) and not CAUSE.match(key)
    ]


def _is_key(key: str, tree: object) -> bool:
    """Whether the tree has it; ANY stands for some key."""
    if not key:
        return True
    first, _, rest = key.partition(".")
    if not isinstance(tree, dict):
        return False
    if first == ANY:
        return any(_is_key(rest, value) for value in tree.values())
    return first in tree and _is_key(rest, tree[first])


# ---- what there is ----
def _is_module(root: Path, name: str) -> bool:
    path = root / name.rstrip(".").replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def _is_target(root: Path, name: str) -> bool:
    return name in _targets(root)


def _is_out(root: Path, name: str) -> bool:
    return name in _outs(root) or name in BY_OPS


def _is_file(root: Path, name: str) -> bool:
    return (root / name).exists()


def _is_mlflows(_: Path, words: str) -> bool:
    return _mlflow_has(words)


ADVICE: tuple[tuple[re.Pattern[str], Callable[[Path, str], bool], str], ...] = (
    (MAKE, _is_target, "advises `make {}`, but the Makefile has no such target"),
    (MODULE, _is_module, "advises `python -m {}`, but there is no such module"),
    (CODE, _is_file, "names {}, but there is no such file"),
    (OUT, _is_out, "names {}, but no stage of dvc.yaml writes it"),
    (MLFLOW, _is_mlflows, "advises `mlflow {}`, which is no command"),
)


@cache
def _help(root: Path, *words: str) -> str:
    command = [sys.executable, str(root / "runner.py"), *words, "--help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


@cache
def _dvc_help(command: str) -> str:
    """ "" if there is no such command."""
    line = [sys.executable, "-m", "dvc", command, "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return done.stdout if not done.returncode else ""


@cache
def _mlflow_has(words: str) -> bool:
    line = [sys.executable, "-m", "mlflow", *words.split(), "--help"]
    return not subprocess.run(line, capture_output=True, check=False).returncode


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
def _sections(root: Path) -> dict[str, object]:
    """params.yaml."""
    text = (root / "params.yaml").read_text(encoding="utf-8")
    tree: dict[str, object] = YAML(typ="safe", pure=True).load(text)
    return tree


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
