"""dvc.lock that was cut short comes back, wherever the cut; no copy is replaced by less."""

import subprocess
from pathlib import Path

import pytest

from bench.house.imports import ROOT
from ops.pipeline import dvc_lock
from recsys.program.errors import DataError

YAML = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
LOCK = (ROOT / "dvc.lock").read_text(encoding="utf-8")
BACK = "dvc.lock was cut short; the copy from before that run is back"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Our own dvc.yaml and dvc.lock, and the copy of the last run."""
    (tmp_path / "dvc.yaml").write_text(YAML, encoding="utf-8")
    (tmp_path / "dvc.lock").write_text(LOCK, encoding="utf-8")
    assert mended(tmp_path) == []
    return tmp_path


def mended(root: Path) -> list[str]:
    copy = root / "state" / "dvc.lock.before"
    said = list(dvc_lock.mend(root, copy))
    dvc_lock.keep(root, copy)
    return said


def cuts(text: str, count: int) -> list[int]:
    """Places all over the text: any byte, and ends of lines."""
    ends = [place + 1 for place, sign in enumerate(text) if sign == "\n"]
    chosen = [*range(0, len(text), len(text) // count), *ends[:: len(ends) // count]]
    return sorted({place for place in chosen if place < len(text)})


@pytest.mark.parametrize("place", cuts(LOCK, 12))
def test_cut_anywhere_it_comes_back(project: Path, place: int) -> None:
    (project / "dvc.lock").write_text(LOCK[:place], encoding="utf-8")
    assert mended(project) == [BACK]
    assert (project / "dvc.lock").read_text(encoding="utf-8") == LOCK
    copy = project / "state" / "dvc.lock.before"
    assert copy.read_text(encoding="utf-8") == LOCK
    if place:
        broken = project / "state" / "dvc.lock.broken"
        assert broken.read_text(encoding="utf-8") == LOCK[:place]


@pytest.mark.parametrize(
    "torn",
    [
        "",
        "stages: [",
        "schema: '2.0'\n",
        "schema: '2.0'\nstages: {}\n",
        "schema: '2.0'\nstages:\n  merge:\n    cmd: x\n",
        "schema: '2.0'\nstages: 3\n",
        "schema: '2.0'\nstages:\n  merge:\n",
        f"<<<<<<< HEAD\n{LOCK}=======\n{LOCK}>>>>>>> other\n",
        LOCK.replace("md5: ", "md5: x"),
        LOCK.rstrip("\n"),
        "\0" * 5000,
    ],
)
def test_what_is_less_than_the_copy_is_put_back(project: Path, torn: str) -> None:
    (project / "dvc.lock").write_text(torn, encoding="utf-8")
    assert mended(project) == [BACK]
    assert (project / "dvc.lock").read_text(encoding="utf-8") == LOCK


def test_a_stage_that_dvc_yaml_no_longer_has_may_go(project: Path) -> None:
    less = "schema: '2.0'\nstages:\n  merge:\n    cmd: python x\n"
    (project / "dvc.yaml").write_text("stages:\n  merge:\n    cmd: python x\n")
    (project / "dvc.lock").write_text(less)
    assert mended(project) == []
    assert (project / "state" / "dvc.lock.before").read_text() == less


def test_a_dep_that_dvc_yaml_no_longer_names_may_go(tmp_path: Path) -> None:
    entry = (
        "    - path: {}\n      md5: 0123456789abcdef0123456789abcdef\n      size: 1\n"
    )
    head = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n    deps:\n"
    before, after = (
        head + entry.format("p") + entry.format("q"),
        head + entry.format("p"),
    )
    for deps, said in (("[p]", []), ("[p, q]", [BACK])):
        (tmp_path / "dvc.yaml").write_text(
            f"stages:\n  a:\n    cmd: x\n    deps: {deps}\n"
        )
        (tmp_path / "dvc.lock").write_text(before)
        assert mended(tmp_path) == []
        (tmp_path / "dvc.lock").write_text(after)
        assert mended(tmp_path) == said


@pytest.mark.parametrize("start", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_signs_that_an_editor_leaves_are_no_damage(
    project: Path, start: str, end: str
) -> None:
    text = start + LOCK.replace("\n", end)
    (project / "dvc.lock").write_bytes(text.encode())
    assert mended(project) == []


def test_without_a_copy_the_committed_one_comes_back(project: Path) -> None:
    for command in (["init", "-q"], ["add", "dvc.lock"], ["commit", "-qm", "x"]):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *who, *command], cwd=project, check=True)
    (project / "state" / "dvc.lock.before").unlink()
    (project / "dvc.lock").write_text(LOCK[:5000])
    assert mended(project) == [
        "dvc.lock was cut short; the one that was committed last is back"
    ]
    assert (project / "dvc.lock").read_text(encoding="utf-8") == LOCK


def test_a_copy_that_is_torn_itself_is_none(project: Path) -> None:
    (project / "state" / "dvc.lock.before").write_text(LOCK[:9000])
    (project / "dvc.lock").write_text(LOCK[:5000])
    assert "removed" in mended(project)[0]


def test_an_empty_folder_in_its_place_goes_and_a_filled_one_is_refused(
    project: Path,
) -> None:
    (project / "dvc.lock").unlink()
    (project / "dvc.lock").mkdir()
    assert mended(project) == [f"{project / 'dvc.lock'} was an empty folder; removed"]
    (project / "dvc.lock").mkdir()
    (project / "dvc.lock" / "a").touch()
    with pytest.raises(DataError, match=r"dvc\.lock: a folder"):
        mended(project)


SMALL = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n"


def test_a_lock_file_that_was_cut_short_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(SMALL)
    assert mended(tmp_path) == []
    (tmp_path / "dvc.lock").write_text("")
    assert mended(tmp_path) == [BACK]
    assert (tmp_path / "dvc.lock").read_text() == SMALL
    (tmp_path / "dvc.lock").write_text("stages: [")
    mended(tmp_path)
    assert (tmp_path / "dvc.lock").read_text() == SMALL
    assert (tmp_path / "state" / "dvc.lock.broken").read_text() == "stages: ["


def test_without_a_copy_a_lock_file_that_was_cut_short_goes(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "dvc.lock").write_text("")
    assert mended(tmp_path) == [
        "dvc.lock was cut short and there is no copy; removed, DVC makes it anew"
    ]
    assert not (tmp_path / "dvc.lock").exists()


def test_a_lock_file_that_the_user_removed_stays_away(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text(SMALL)
    mended(tmp_path)
    (tmp_path / "dvc.lock").unlink()
    assert mended(tmp_path) == []
    assert not (tmp_path / "dvc.lock").exists()
    assert not (tmp_path / "state" / "dvc.lock.before").exists()
