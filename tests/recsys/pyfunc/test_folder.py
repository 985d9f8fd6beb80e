"""The folder has all that MLflow needs and nothing of this machine; its release takes no room."""

import ast
import sys
from pathlib import Path

from bench.house.imports import ROOT, transitive
from recsys.pyfunc import folder
from tests.worlds import snapshot


def test_the_files_are_those_that_mlflow_reads(shop: Path) -> None:
    names = {path.name for path in (shop / "model").iterdir()}
    assert names == {
        *("MLmodel", "MODEL_CARD.md", "requirements.txt", "python_env.yaml"),
        *("input_example.json", "serving_input_example.json"),
        *("lists.py", "code", "artifacts"),
    }
    assert (shop / "model/MODEL_CARD.md").read_text() == "# a card\n"


def test_no_path_of_this_machine_is_in_it(shop: Path) -> None:
    for path in (shop / "model").iterdir():
        if path.is_file():
            assert str(shop) not in path.read_text()
            assert str(ROOT) not in path.read_text()


def test_the_release_is_hard_links_of_the_published_one(shop: Path) -> None:
    (published,) = (shop / "releases").glob("als-*")
    (held,) = (shop / "model/artifacts").iterdir()
    assert snapshot(held) == snapshot(published)
    assert all(
        path.stat().st_ino == (published / path.name).stat().st_ino
        for path in held.iterdir()
    )


def test_one_that_was_never_published_has_the_same_files(
    shop: Path, in_memory: Path
) -> None:
    (held,) = (in_memory / "artifacts").iterdir()
    (published,) = (shop / "releases").glob("als-*")
    assert snapshot(held) == snapshot(published)


def test_the_versions_are_exact_and_those_of_the_lock_file() -> None:
    pinned = (ROOT / "requirements.lock").read_text().splitlines()
    assert folder.requirements() and set(folder.requirements()) <= set(pinned)


def outside(path: Path) -> set[str]:
    """What a module imports at its top that is neither ours nor of Python."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    tops = {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"recsys"}


def test_wings_and_packages_are_what_the_code_imports() -> None:
    loaded = transitive(folder.CODE)
    wings = {path.relative_to(ROOT).parts[1] for path in loaded}
    assert wings - {"__init__.py", "pyfunc"} == set(folder.WINGS)
    other_name = {"ruamel": "ruamel.yaml", "pydantic_core": "pydantic"}
    needed = {other_name.get(name, name) for path in loaded for name in outside(path)}
    assert needed | {"pandas"} == set(folder.PACKAGES)  # MLflow asks for pandas itself
