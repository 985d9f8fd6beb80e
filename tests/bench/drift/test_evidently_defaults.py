"""The program for Evidently knows nothing of this project: it is run by another interpreter."""

import ast
from pathlib import Path

from bench.drift import simulate


def test_it_imports_nothing_of_ours_and_names_its_usage() -> None:
    tree = ast.parse(Path(simulate.PROGRAM).read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert modules == {
        "json",
        "sys",
        "pathlib",
        "typing",
        "numpy",
        "pandas",
        "evidently",
    }
    assert "pip install evidently" in (ast.get_docstring(tree) or "")
