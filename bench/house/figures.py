"""The figures of the house, for docs/architecture.md.

usage   python -m bench.house.figures [--root DIR]
"""

import argparse
import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.house.imports import ROOT

HOUSES = ("recsys", "stages", "ops", "bench")
LONGEST_MODULE = 300  # lines
LONGEST_LINE = 100  # columns
LAYOUT = {
    tokenize.NEWLINE,
    tokenize.NL,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


@dataclass(frozen=True)
class Module:
    """A file of the house with its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def is_kernel(self) -> bool:
        """Whether it is numeric code that numba compiles: it may be dense."""
        return self.path.name == "kernel.py"


def modules(root: Path, *houses: str) -> list[Module]:
    """The Python files of these houses, and `<house>.py` where that is a program, by path."""
    folders = [root / house for house in houses if (root / house).is_dir()]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    programs = [root / f"{house}.py" for house in houses]
    paths += [path for path in programs if path.is_file()]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    return [Module(path, text, ast.parse(text)) for path, text in texts.items()]


def rooms(root: Path, house: str) -> list[str]:
    """What stands in a house at first sight: its wings and the modules beside them."""
    entries = sorted((root / house).iterdir())
    wings = [entry.name for entry in entries if (entry / "__init__.py").exists()]
    files = [
        entry.name
        for entry in entries
        if entry.suffix == ".py" and entry.stem != "__init__"
    ]
    return [*wings, *files]


def docstring_lines(tree: ast.Module) -> set[int]:
    """The numbers of all lines that belong to a docstring."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                lines |= set(
                    range(first.lineno, (first.end_lineno or first.lineno) + 1)
                )
    return lines


def body_lengths(tree: ast.Module) -> Iterator[int]:
    """Of each function: the lines from its first statement after the docstring to its last."""
    documented = docstring_lines(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = [child for child in node.body if child.lineno not in documented]
            yield (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def tokens_a_line(found: list[Module]) -> float:
    """Tokens over lines that have one; comments and docstrings count as neither."""
    tokens, lines = 0, 0
    for module in found:
        documented = docstring_lines(module.tree)
        code = [
            token
            for token in tokenize.generate_tokens(io.StringIO(module.text).readline)
            if token.type not in LAYOUT and token.start[0] not in documented
        ]
        tokens += len(code)
        lines += len({token.start[0] for token in code})
    return tokens / lines


def without_test(root: Path) -> list[str]:
    """Modules of the house that have no test file of their own, as paths from the root."""
    lacking = []
    for module in modules(root, *HOUSES):
        path = module.path.relative_to(root)
        is_empty = all(isinstance(node, ast.Expr) for node in module.tree.body)
        test = root / "tests" / path.parent / f"test_{path.name}"
        if path.name != "__init__.py" and not is_empty and not test.exists():
            lacking.append(str(path))
    return lacking


def code_deps(root: Path) -> int:
    """Lines of dvc.yaml that name code."""
    text = (root / "dvc.yaml").read_text(encoding="utf-8")
    return len(re.findall(r"^ +- (?:recsys|stages|ops)/", text, re.MULTILINE))


def long_modules(root: Path) -> list[str]:
    """Modules with more than LONGEST_MODULE lines, as paths from the root."""
    return [
        str(module.path.relative_to(root))
        for module in modules(root, *HOUSES, "runner")
        if len(module.text.splitlines()) > LONGEST_MODULE
    ]


def long_lines(root: Path) -> int:
    """Lines over LONGEST_LINE columns in the house and its tests."""
    texts = [module.text for module in modules(root, *HOUSES, "tests", "runner")]
    return sum(len(line) > LONGEST_LINE for text in texts for line in text.splitlines())


def table(root: Path) -> str:
    """The figures as Markdown lines."""
    served = modules(root, "recsys", "stages", "ops", "runner")
    lengths = sorted(
        length for module in served for length in body_lengths(module.tree)
    )
    plain = [module for module in served if not module.is_kernel]
    every = [m for m in modules(root, *HOUSES) if m.path.name != "__init__.py"]
    lacking = without_test(root)
    rows = [
        ("rooms at first sight in recsys", len(rooms(root, "recsys")), "at most 17"),
        ("rooms at first sight in ops", len(rooms(root, "ops")), "at most 13"),
        (f"modules over {LONGEST_MODULE} lines", len(long_modules(root)), "0"),
        (
            "lines of a function's body, median",
            f"{statistics.median(lengths):.0f}",
            "at most 6",
        ),
        (
            "lines of a function's body, nine of ten",
            lengths[int(0.9 * len(lengths))],
            "at most 20",
        ),
        (f"lines over {LONGEST_LINE} columns", long_lines(root), "0"),
        (
            "tokens a code line, without kernels",
            f"{tokens_a_line(plain):.1f}",
            "at most 8",
        ),
        (
            "modules with a test file of their own",
            f"{1 - len(lacking) / len(every):.0%}",
            "100%",
        ),
        ("code deps in dvc.yaml, lines", code_deps(root), "at most 50"),
        ("modules in recsys, stages, ops", len(served), ""),
    ]
    lines = [f"| {name} | {value} | {aim} |" for name, value, aim in rows]
    return "\n".join(["| what | now | aim |", "|---|---|---|", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--root", type=Path, default=ROOT, help="another checkout to measure"
    )
    print(table(parser.parse_args().root))


if __name__ == "__main__":
    main()
