"""A model is the same files for the same factors, is named by them, and is refused when one of them is not whole."""

from pathlib import Path

import numpy as np
import pytest

from recsys import factors
from recsys.artifacts import read_json, sha256_of, write_json
from recsys.errors import DataError
from tests.worlds import complains, snapshot

CURVE = [{"iteration": 1.0, "loss": 0.5}]


def model(shift: float = 0) -> factors.Factors:
    users, items = np.array([[1, 2], [3, 4 + shift]]), np.array([[1, 0], [0, 1], [1, 1]])
    return factors.Factors(["007", "7"], ["NA", "đ", "z"], users.astype(np.float32), items.astype(np.float32))


def save(folder: Path, shift: float = 0, **params: object) -> str:
    return factors.save(model(shift), CURVE, "als", params, {"X.npz": "ab"}, folder)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path)
    loaded = factors.load(tmp_path)
    assert (loaded.user_ids, loaded.item_ids) == (["007", "7"], ["NA", "đ", "z"])
    assert loaded.item_index == {"NA": 0, "đ": 1, "z": 2}
    assert loaded.user_factors.tobytes() == model().user_factors.tobytes()
    assert loaded.item_factors.tobytes() == model().item_factors.tobytes()
    assert loaded.score(np.array([1, 0])).tolist() == [[3, 4, 7], [1, 2, 3]]


def test_same_factors_same_bytes_same_name(tmp_path: Path) -> None:
    names = [save(tmp_path / folder, seed=1) for folder in ("a", "b")]
    assert names[0] == names[1]
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    assert snapshot(tmp_path / "a").keys() == set(factors.FILES)
    assert names[0].startswith("als-")
    assert len(names[0]) == len("als-") + 12
    assert factors.model_id(factors.load_manifest(tmp_path / "a")) == names[0]


def test_other_factors_or_params_are_another_name(tmp_path: Path) -> None:
    assert len({save(tmp_path), save(tmp_path, shift=1), save(tmp_path, seed=2)}) == 3


@pytest.mark.parametrize("name", factors.FILES)
def test_a_missing_or_changed_file_is_named(tmp_path: Path, name: str) -> None:
    save(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    path.unlink()
    with complains(DataError, path, "dvc repro"):
        factors.load(tmp_path)
    for content in (b"", whole[:-9], whole + b"x"):
        path.write_bytes(content)
        with complains(DataError, path, "dvc repro"):
            factors.load(tmp_path)
    path.write_bytes(whole)
    assert len(factors.load(tmp_path).user_ids) == 2


@pytest.mark.parametrize(
    "manifest",
    [
        [],
        {},
        "x",
        None,
        {"model_type": "als"},
        {"model_type": "als", "sha256": []},
        {"model_type": "als", "sha256": "x"},
        {"model_type": "als", "sha256": None},
    ],
)
def test_a_manifest_that_is_none_is_a_data_error(tmp_path: Path, manifest: object) -> None:
    save(tmp_path)
    write_json(tmp_path / "manifest.json", manifest)
    with complains(DataError, tmp_path, "dvc repro"):
        factors.load_manifest(tmp_path)


def test_a_half_made_model_is_not_loaded(tmp_path: Path) -> None:
    save(tmp_path, shift=0)
    manifest = (tmp_path / "manifest.json").read_bytes()
    save(tmp_path, shift=1)
    (tmp_path / "manifest.json").write_bytes(manifest)  # killed before the new manifest
    with complains(DataError, tmp_path / "factors.npz"):
        factors.load(tmp_path)


@pytest.mark.parametrize("bad", ["shape", "width", "nan", "object"])
def test_factors_that_fit_their_hash_and_nothing_else_are_a_data_error(tmp_path: Path, bad: str) -> None:
    save(tmp_path)
    users, items = np.ones((2, 2), np.float32), np.ones((3, 2), np.float32)
    users = {"shape": users[:1], "width": users[:, :1], "nan": users * np.nan, "object": users.astype(object)}[bad]
    path = tmp_path / "factors.npz"
    np.savez(
        path,
        user_ids=factors.pack_ids(["a", "b"]),
        item_ids=factors.pack_ids(["p", "q", "r"]),
        user_factors=users,
        item_factors=items,
    )
    manifest = read_json(tmp_path / "manifest.json")
    manifest["sha256"]["factors.npz"] = sha256_of(path)
    write_json(tmp_path / "manifest.json", manifest)
    with complains(DataError, path):
        factors.load(tmp_path)


@pytest.mark.parametrize(
    ("users", "items", "word"),
    [
        (np.ones((1, 2)), np.ones((3, 2)), "2 users and 3 items"),
        (np.ones((2, 2)), np.ones((4, 2)), "2 users and 3 items"),
        (np.ones((2, 2)), np.ones((3, 1)), "width"),
        (np.ones((2, 2)), np.full((3, 2), np.inf), "not finite"),
    ],
)
def test_factors_of_other_rows_than_the_ids_are_refused(users: np.ndarray, items: np.ndarray, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        factors.Factors(["a", "b"], ["p", "q", "r"], users, items)


@pytest.mark.parametrize("ids", [[], ["a"], ["007", "7", "NA", "Đỗ", "a b", "😀"]])
def test_ids_are_packed_without_pickle(ids: list[str]) -> None:
    packed = factors.pack_ids(ids)
    assert packed.dtype == np.uint8
    assert factors.unpack_ids(packed) == ids
