"""Hostile releases and ids: refused, the former model serves on, and nothing outside is opened.

What is opened is seen by an audit hook of Python, which nothing in the process can take away.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.files.atomic import read_json, sha256_of, write_json
from recsys.program.errors import DataError
from recsys.serving import pointer
from recsys.serving.desk import Desk
from tests.recsys.serving import worlds

SHARED = ROOT.parent / "shared/torture"
WATCHED = {"open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove"}
seen: list[str] | None = None  # None: nobody watches


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    if seen is None:
        return
    if event in WATCHED and isinstance(arguments[0], str | bytes | os.PathLike):
        seen.append(os.path.abspath(os.fsdecode(arguments[0])))  # noqa: PTH100 - as given
    elif event in (
        "exec",
        "subprocess.Popen",
        "os.system",
        "pickle.find_class",
    ):
        seen.append(event)


sys.addaudithook(hook)


@pytest.fixture
def watch() -> Iterator[list[str]]:
    """What is opened from now on, whole paths."""
    global seen
    seen = []
    yield seen
    seen = None


def outside(watched: list[str], releases: Path) -> list[str]:
    return [path for path in watched if not path.startswith(f"{releases}/")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A desk that serves one release, and the id of another."""
    folder = tmp_path_factory.mktemp("shop")
    other = worlds.publish(folder, popularity=9.0)
    desk = Desk(folder / "releases")
    desk.load(worlds.publish(folder))
    return desk, other


def lines(*names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        path = SHARED / name
        if path.exists():
            found += path.read_text(encoding="utf-8", errors="replace").splitlines()
    return found


WALKS = ("Traversal", "deep_traversal", "directory_traversal", "crlfinjection")


def ids() -> list[str]:
    """Ids that somebody may try: those of the corpora, and some by hand."""
    path = SHARED / "blns/blns.json"
    naughty = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    by_hand = ["", ".", "..", "/", "\0", "als-0123456789ab/..", "als-0123456789ab\n"]
    by_hand += [
        ".lock",
        "current",
        "hidden.txt",
        "als-0123456789ab",
        "ALS-0123456789AB",
    ]
    walks = [f"traversal/{name}.txt" for name in WALKS]
    return [*by_hand, *naughty, *lines(*walks)]


IDS = ids()


def test_no_id_opens_anything_outside(shop: tuple[Desk, str], watch: list[str]) -> None:
    desk, before = shop[0], shop[0].current
    for model_id in IDS:
        with pytest.raises(DataError) as caught:
            desk.load(model_id)
        assert len(str(caught.value)) < 1000
    assert outside(watch, desk.releases) == []
    assert desk.current is before


def test_no_pointer_opens_anything_outside(
    shop: tuple[Desk, str], watch: list[str]
) -> None:
    desk, before = shop[0], shop[0].current
    path = desk.releases / pointer.CURRENT
    for model_id in IDS:
        path.write_bytes(model_id.encode("utf-8", "surrogatepass"))
        assert not desk.follow()
        assert desk.current is before and desk.problem
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert not desk.follow() and "not a file of a release" in desk.problem
    path.unlink()
    assert outside(watch, desk.releases) == []


# ---- releases ----
class Bomb:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("/tmp/a-release-has-run-this",)  # noqa: S108 - to be seen


def pickled(folder: Path) -> None:
    path = folder / "content.npy"
    # the hostile file itself: what reads it must not unpickle
    np.save(path, np.array([Bomb()], dtype=object), allow_pickle=True)
    _tell(folder, "content", "|O", [1])


def pickle_for_description(folder: Path) -> None:
    import pickle  # to write a hostile file

    (folder / "release.json").write_bytes(pickle.dumps(Bomb()))


def names_of_files_elsewhere(folder: Path) -> None:
    about = read_json(folder / "release.json")
    about["files"] = {
        f"../../../../{name}" if name == "content" else name: entry
        for name, entry in about["files"].items()
    }
    write_json(folder / "release.json", about)


def link(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to("/etc/passwd")

    return change


def link_to_a_right_copy(folder: Path) -> None:
    """Even what is right elsewhere is not opened there."""
    elsewhere = folder.parent.parent / "elsewhere"
    shutil.copytree(folder, elsewhere, dirs_exist_ok=True)
    (folder / "content.npy").unlink()
    (folder / "content.npy").symlink_to(elsewhere / "content.npy")


def folder_is_a_link(folder: Path) -> None:
    elsewhere = folder.parent.parent / "elsewhere too"
    shutil.copytree(folder, elsewhere, dirs_exist_ok=True)
    shutil.rmtree(folder)
    folder.symlink_to(elsewhere)


def torn(folder: Path) -> None:
    path = folder / "user_factors.npy"
    path.write_bytes(path.read_bytes()[:-7])


def gone(folder: Path) -> None:
    (folder / "near_values.npy").unlink()


def a_pipe(folder: Path) -> None:
    (folder / "content.npy").unlink()
    os.mkfifo(folder / "content.npy")


def damaged(name: str, value: float) -> Callable[[Path], None]:
    def change(array: np.ndarray) -> np.ndarray:
        array.reshape(-1)[-1] = value
        return array

    return lambda folder: worlds.damage(folder, name, change)


def shaped(name: str, shape: tuple[int, ...]) -> Callable[[Path], None]:
    return lambda folder: worlds.damage(
        folder, name, lambda array: np.zeros(shape, array.dtype)
    )


def huge(folder: Path) -> None:
    """Says that it is larger than any machine."""
    path = folder / "content.npy"
    head = path.read_bytes().replace(b"(10, ", b"(10" + b"0" * 14 + b", ", 1)
    path.write_bytes(head)
    _tell(folder, "content", "<f4", [10**15, 2])


def _tell(folder: Path, name: str, dtype: str, shape: list[int]) -> None:
    about = read_json(folder / "release.json")
    sha256 = sha256_of(folder / f"{name}.npy")
    about["files"][name] = {"sha256": sha256, "dtype": dtype, "shape": shape}
    write_json(folder / "release.json", about)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "a pickle for an array": pickled,
    "a pickle for its description": pickle_for_description,
    "files elsewhere": names_of_files_elsewhere,
    "a link for an array": link("content.npy"),
    "a link for its description": link("release.json"),
    "a link to a right copy": link_to_a_right_copy,
    "a link for itself": folder_is_a_link,
    "torn": torn,
    "a file gone": gone,
    "a pipe": a_pipe,
    "NaN": damaged("item_factors", np.nan),
    "infinite": damaged("popularity", np.inf),
    "an item that is none": damaged("seen_items", 10),
    "a negative item": damaged("near_items", -1),
    "rows that run backwards": damaged("near_indptr", -1),
    "texts that end nowhere": damaged("names_ends", 1 << 40),
    "a user at no place": damaged("user_places", 1 << 30),
    "more users": shaped("user_factors", (99, 3)),
    "no items": shaped("item_factors", (0, 3)),
    "factors of another width": shaped("item_factors", (10, 4)),
    "one dimension less": shaped("content", (10,)),
    "huge": huge,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_release_is_refused(
    shop: tuple[Desk, str], tmp_path: Path, watch: list[str], name: str
) -> None:
    desk, other = shop
    shutil.copytree(desk.releases, tmp_path / "releases")
    desk = Desk(tmp_path / "releases")
    desk.load(shop[0].current.model_id)  # type: ignore[union-attr]  # it serves
    before = desk.current
    HOSTILE[name](desk.releases / other)
    watch.clear()
    with pytest.raises(DataError, match=r"runner\.py promote"):
        desk.load(other)
    assert outside(watch, desk.releases) == []
    assert desk.current is before
    assert before and before.recommender.recommend("u0").items
    assert not Path("/tmp/a-release-has-run-this").exists()  # noqa: S108 - see Bomb


def test_the_watch_sees_what_is_opened(watch: list[str], tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    assert str(tmp_path / "x") in outside(watch, tmp_path / "releases")
