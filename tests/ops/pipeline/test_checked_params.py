"""A params.yaml that was found right is known as long as it, and what checks it, stay the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.pipeline import checked_params
from ops.pipeline.checked_params import is_known, mark_of, remember


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text("merge: {zone: UTC}\n")
    for name in ("stages/check.py", "recsys/als/params.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("A = 1\n")
    return tmp_path


def test_the_same_is_known_once_it_is_remembered(root: Path) -> None:
    state = root / "state"
    mark = mark_of(root)
    assert not is_known(state, mark)
    remember(state, mark)
    assert is_known(state, mark_of(root))


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "params.yaml").write_text("merge: {zone: Asia/Tokyo}\n"),
        lambda root: (root / "recsys/als/params.py").write_text("A = 2\n"),
        lambda root: (root / "stages/check.py").unlink(),
        lambda root: (root / "stages/new.py").touch(),
        lambda root: (root / "recsys/als/params.py").rename(root / "recsys/params.py"),
    ],
)
def test_other_params_or_code_are_not(
    root: Path, change: Callable[[Path], object]
) -> None:
    remember(root / "state", mark_of(root))
    change(root)
    assert not is_known(root / "state", mark_of(root))


def test_another_python_or_library_is_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(root / "state", mark_of(root))
    monkeypatch.setattr(checked_params, "version", "{}+patched".format)
    assert not is_known(root / "state", mark_of(root))


def test_a_missing_file_is_never_known(root: Path) -> None:
    (root / "params.yaml").unlink()
    assert mark_of(root) == ""
    remember(root / "state", "")
    assert not is_known(root / "state", "")


def test_a_torn_mark_is_none(root: Path) -> None:
    remember(root / "state", mark_of(root))
    for torn in (b"", b"\xff\xfe", mark_of(root)[:30].encode()):
        (root / "state" / "params.checked").write_bytes(torn)
        assert not is_known(root / "state", mark_of(root))
