"""The figures of a small house, counted by hand."""

import ast
from pathlib import Path

import pytest

from bench.house import figures
from bench.house.imports import ROOT

MODULE = '''"""Two
lines."""

X = 1  # a comment


def f(a):
    """One line."""
    b = a
    return (
        b
    )


class C:
    def g(self):
        return 1
'''


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for house in ("recsys/files", "stages", "ops", "tests/recsys/files"):
        (tmp_path / house).mkdir(parents=True)
    (tmp_path / "recsys/files/__init__.py").touch()
    (tmp_path / "recsys/files/one.py").write_text(MODULE)
    (tmp_path / "recsys/loose.py").write_text("Y = 2\n")
    (tmp_path / "tests/recsys/files/test_one.py").write_text("")
    (tmp_path / "runner.py").write_text("Z = 3\n")
    (tmp_path / "dvc.yaml").write_text(
        "deps:\n      - recsys/files\n      - data/raw\n"
    )
    return tmp_path


def test_wings_and_loose_modules_are_rooms(house: Path) -> None:
    assert figures.rooms(house, "recsys") == ["files", "loose.py"]


def test_a_body_begins_after_its_docstring() -> None:
    assert list(figures.body_lengths(ast.parse(MODULE))) == [4, 1]


def test_tokens_a_line_counts_neither_docstrings_nor_comments(house: Path) -> None:
    modules = figures.modules(house, "recsys")
    one = [module for module in modules if module.path.name == "one.py"]
    tokens = (
        3 + 6 + 3 + 2 + 1 + 1 + 3 + 6 + 2
    )  # `X = 1`, `def f(a):`, `b = a`, `return (` ...
    lines = 9
    assert figures.tokens_a_line(one) == pytest.approx(tokens / lines)


def test_a_module_without_a_test_is_named_by_its_path(house: Path) -> None:
    assert figures.without_test(house) == ["recsys/loose.py"]


def test_code_deps_are_counted_and_data_is_not(house: Path) -> None:
    assert figures.code_deps(house) == 1


def test_the_table_has_a_row_a_figure() -> None:
    rows = figures.table(ROOT).splitlines()[2:]
    assert len(rows) == 10
    assert all(row.count("|") == 4 for row in rows)
