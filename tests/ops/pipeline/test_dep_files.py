"""The files of a dep."""

from pathlib import Path

from ops.pipeline.dep_files import files_of


def test_a_folder_has_all_files_below_it_but_bytecode(tmp_path: Path) -> None:
    for name in ("code/a.py", "code/deep/b.py", "code/__pycache__/a.pyc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = files_of(tmp_path / "code")
    assert {path.name for path in found} == {"a.py", "b.py"}


def test_a_file_is_itself_there_or_not(tmp_path: Path) -> None:
    assert list(files_of(tmp_path / "none")) == [tmp_path / "none"]
