"""Imports are followed through files, packages and functions."""

from pathlib import Path

from bench.house.imports import ROOT, direct, transitive


def names(paths: set[Path]) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in paths}


def test_every_form_of_import_counts(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text(
        "import json\n"
        "from recsys.program import errors\n"
        "from recsys.files.atomic import write_text\n"
        "def later():\n    import ops.lock\n"
    )
    assert names(direct(file)) == {
        "recsys/__init__.py",
        "recsys/program/__init__.py",
        "recsys/program/errors.py",
        "recsys/files/__init__.py",
        "recsys/files/atomic.py",
        "ops/__init__.py",
        "ops/lock.py",
    }


def test_a_module_and_its_package_are_among_what_it_loads() -> None:
    loaded = names(transitive(ROOT / "stages" / "drift.py"))
    assert {
        "stages/drift.py",
        "stages/__init__.py",
        "recsys/drift/judge.py",
    } <= loaded
    assert not any(name.startswith(("recsys/als", "ops")) for name in loaded)
