"""Releases: whole or absent, never changed, the same bytes; and hostile ones are refused."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.house.imports import ROOT
from recsys.files.atomic import read_json, write_json
from recsys.models import model_folder
from recsys.models.blended import Blended, Part
from recsys.models.cosine_fold import Cosines
from recsys.models.rules import rule_of
from recsys.program.errors import DataError
from recsys.publishing import contents
from recsys.serving import release
from recsys.serving.array_shapes import ARRAYS
from tests.recsys.serving import worlds
from tests.worlds import complains, snapshot


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("shop")
    return folder, worlds.publish(folder)


@pytest.fixture
def copied(made: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """A copy of the releases, and the id."""
    shutil.copytree(made[0] / "releases", tmp_path / "releases")
    return tmp_path / "releases", made[1]


def test_a_release_says_what_it_is(made: tuple[Path, str]) -> None:
    folder, model_id = made
    found = release.load(folder / "releases", model_id)
    assert found.model_id == model_id
    assert found.about.trained_users == 12
    assert found.about.weights == worlds.HYBRID
    assert [found.users.text(row) for row in (0, 11, 12, 14)] == [
        *("u0", "u11", "cold", "sad")
    ]
    assert found.texts["names"][8] == ""
    assert found.texts["brands"][3] == "Lan"
    assert found.items_of("seen", 0).tolist() == [2, 4, 6, 8]  # p2 of the test too
    assert found.items_of("liked", 0).tolist() == [2, 4, 6, 8]
    disliked = worlds.rows_of(found, "disliked", slice(12, 15))
    assert disliked.toarray().nonzero()[1].tolist() == [2, 0]


def test_the_same_inputs_give_the_same_bytes(
    made: tuple[Path, str], tmp_path: Path
) -> None:
    worlds.publish(tmp_path)
    assert snapshot(tmp_path / "releases") == snapshot(made[0] / "releases")


def test_a_release_that_is_there_is_not_written_again(
    copied: tuple[Path, str], tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in copied[0].rglob("*.npy")}
    assert worlds.publish(tmp_path) == copied[1]
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_one_that_stands_elsewhere_is_kept_by_hard_links(
    copied: tuple[Path, str], tmp_path: Path
) -> None:
    found = release.load(*copied)
    for _ in range(2):
        folder = release.keep(tmp_path / "other", found)
    assert folder == tmp_path / "other" / copied[1]
    assert snapshot(folder) == snapshot(found.folder)
    for path in folder.iterdir():
        assert path.stat().st_ino == (found.folder / path.name).stat().st_ino
    shutil.rmtree(copied[0])
    assert release.load(tmp_path / "other", copied[1]).model_id == copied[1]


def test_one_in_memory_is_written(made: tuple[Path, str], tmp_path: Path) -> None:
    found = release.load(made[0] / "releases", made[1])
    held = release.in_memory(found.about, found.arrays)
    release.keep(tmp_path, held)
    assert snapshot(tmp_path / made[1]) == snapshot(found.folder)


def test_what_is_torn_elsewhere_is_not_kept(
    copied: tuple[Path, str], tmp_path: Path
) -> None:
    found = release.load(*copied)
    (found.folder / "content.npy").write_bytes(b"torn")
    with complains(DataError, "content.npy"):
        release.keep(tmp_path / "other", found)
    assert not (tmp_path / "other" / copied[1]).exists()


def test_what_a_kill_left_is_no_release_and_is_made_anew(
    made: tuple[Path, str], tmp_path: Path
) -> None:
    half = tmp_path / "releases" / f".{made[1]}.part"
    half.mkdir(parents=True)
    (half / "junk.npy").write_bytes(b"x")
    with complains(DataError, "no such release", "promote"):
        release.load(tmp_path / "releases", made[1])
    worlds.publish(tmp_path)
    assert not half.exists()
    assert snapshot(tmp_path / "releases") == snapshot(made[0] / "releases")


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.recsys.serving import worlds
from recsys.serving import array_files
left, real = int(sys.argv[2]), array_files.write
def deadly(*arguments):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
array_files.write = deadly
worlds.publish(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("arrays", [0, 7, len(ARRAYS) - 1])
def test_killed_on_the_way_it_leaves_no_release(
    made: tuple[Path, str], tmp_path: Path, arrays: int
) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(arrays)]
    done = subprocess.run(command, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "releases" / made[1]).exists()
    worlds.publish(tmp_path)
    release.load(tmp_path / "releases", made[1])


def test_what_would_be_refused_is_not_published(tmp_path: Path) -> None:
    worlds.save_model(tmp_path / "models/als")
    model = model_folder.load(tmp_path / "models/als")
    about, arrays = contents.contents(model, worlds.sources(tmp_path))
    arrays["popularity"] = np.full(10, np.nan, np.float32)
    with complains(DataError, "popularity.npy", "infinite or none"):
        release.write(tmp_path / "releases", about, arrays)
    assert not (tmp_path / "releases" / about.model_id).exists()


# ---- hostile ----
def _longer(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, array[:1]])


def _with(place: int, value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array.reshape(-1)[place] = value
        return array

    return change


WRONG = [
    ("user_factors", _longer, "user_factors has 16 rows, not 15"),
    ("item_factors", lambda array: array[:, :2], "two widths"),
    ("item_factors", lambda array: array.astype("<f8"), "<f4 is needed"),
    ("item_factors", _with(3, np.nan), "infinite or none"),
    ("trained_factors", _longer, "trained_factors has shape (13, 3)"),
    ("trained_items", _longer, "trained_items has shape (11, 3)"),
    ("liked_later", _longer, "liked_later has another length than liked_items"),
    ("content", lambda array: array[:, 0], "content has shape"),
    ("user_kinds", _with(0, 4), "no known kind"),
    ("user_places", _with(0, 99), "outside of the texts"),
    ("seen_items", _with(0, 10), "outside of 10"),
    ("seen_items", _with(0, -1), "outside of 10"),
    ("liked_indptr", _with(-1, 999), "liked_indptr does not fit"),
    ("liked_indptr", _with(3, 999), "liked_indptr does not fit"),
    ("liked_confidence", _longer, "another length"),
    ("names_ends", _with(-1, 1 << 40), "ends"),
    ("names", _with(0, 0xFF), "utf-8"),
    ("item_ids", _with(1, ord("1")), "stands there twice"),
]


@pytest.mark.parametrize(("name", "change", "words"), WRONG)
def test_an_array_that_does_not_fit_is_refused(
    copied: tuple[Path, str],
    name: str,
    change: Callable[[np.ndarray], np.ndarray],
    words: str,
) -> None:
    worlds.damage(copied[0] / copied[1], name, change)
    with complains(DataError, words, "publish it again"):
        release.load(*copied)


def _rename(about: dict[str, Any], name: str) -> None:
    about["files"][name] = about["files"].pop("content")


OF_TWO = rule_of(Blended((Part(Cosines(0.2, 1.0), 2, 1.0, 1.0),)))
WRONG_ABOUT: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda about: _rename(about, "../../etc/passwd"), "no array of a release"),
    (lambda about: _rename(about, "/etc/passwd"), "no array of a release"),
    (lambda about: about["files"].pop("content"), "'content' is missing"),
    (lambda about: about.update(model_id="../als-0123456789ab"), "holds"),
    (lambda about: about.update(manifest_sha256="0" * 64), "another manifest"),
    (lambda about: about.update(format=2), "format"),
    (lambda about: about.update(more=1), "more"),
    (lambda about: about.update(trained_users=16), "more trained users than users"),
    (lambda about: about.update(new_user={}), "no rule"),
    (lambda about: about.update(new_user={"rule": "os.system"}), "os.system"),
    (lambda about: about.update(new_user=OF_TWO), "blend of width 2"),
    (lambda about: about["weights"].update(content=-1), "content"),
    (lambda about: about.update(new_item_places=10), "new_item_places"),
    (lambda about: about.update(new_item_places=-1), "new_item_places"),
    (lambda about: about.update(new_item_places="1"), "new_item_places"),
    (lambda about: about["files"]["content"].update(shape=[1 << 60, 3]), "content"),
    (lambda about: about["files"]["content"].update(dtype="|O"), "content"),
]


@pytest.mark.parametrize(("change", "words"), WRONG_ABOUT)
def test_a_description_that_does_not_fit_is_refused(
    copied: tuple[Path, str], change: Callable[[dict[str, Any]], object], words: str
) -> None:
    path = copied[0] / copied[1] / "release.json"
    about = read_json(path)
    change(about)
    write_json(path, about)
    with complains(DataError, words):
        release.load(*copied)


def test_an_older_release_keeps_no_places_for_new_items(
    copied: tuple[Path, str],
) -> None:
    path = copied[0] / copied[1] / "release.json"
    about = read_json(path)
    assert about.pop("new_item_places") == 0
    write_json(path, about)
    assert release.load(*copied).about.new_item_places == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"format": NaN}'])
def test_a_torn_description_is_refused(
    copied: tuple[Path, str], content: bytes
) -> None:
    (copied[0] / copied[1] / "release.json").write_bytes(content)
    with complains(DataError, "release.json", "publish it again"):
        release.load(*copied)


def test_a_link_in_the_place_of_a_file_or_folder_is_refused(
    copied: tuple[Path, str], tmp_path: Path
) -> None:
    releases, model_id = copied
    array = releases / model_id / "content.npy"
    array.rename(tmp_path / "content.npy")
    array.symlink_to(tmp_path / "content.npy")
    with complains(DataError, "content.npy", "not a file of a release"):
        release.load(*copied)
    (releases / model_id).rename(tmp_path / "elsewhere")
    (releases / model_id).symlink_to(tmp_path / "elsewhere")
    with complains(DataError, "not a folder"):
        release.load(*copied)


def test_a_broken_release_is_not_taken_for_published(
    copied: tuple[Path, str], tmp_path: Path
) -> None:
    (copied[0] / copied[1] / "content.npy").unlink()
    with complains(DataError, "content.npy", "delete this release"):
        worlds.publish(tmp_path)
