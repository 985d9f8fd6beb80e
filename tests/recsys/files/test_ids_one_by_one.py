"""Ids are read without numpy, as arrays.py has packed them."""

from pathlib import Path

import numpy as np
import pytest

from recsys.files.arrays import pack_ids, write_arrays
from recsys.files.ids_one_by_one import ids_of

IDS = ["u1", "người dùng 2", "\u2028", "4"]


@pytest.mark.parametrize("ids", [IDS, ["one"], [f"user{n}" for n in range(50_000)]])
def test_they_are_those_that_were_packed(tmp_path: Path, ids: list[str]) -> None:
    path = tmp_path / "factors.npz"
    write_arrays(path, other=np.zeros(3), ids=pack_ids(ids))
    assert list(ids_of(path, "ids")) == ids


def test_an_archive_of_numpy_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "factors.npz"
    np.savez_compressed(path, ids=pack_ids(IDS))
    assert list(ids_of(path, "ids")) == IDS


def test_none_are_none(tmp_path: Path) -> None:
    path = tmp_path / "factors.npz"
    write_arrays(path, ids=pack_ids([]))
    assert list(ids_of(path, "ids")) == []
    assert list(ids_of(path, "others")) == []
    assert list(ids_of(tmp_path / "absent.npz", "ids")) == []


def test_a_torn_file_ends_them(tmp_path: Path) -> None:
    path = tmp_path / "factors.npz"
    write_arrays(path, ids=pack_ids(IDS))
    whole = path.read_bytes()
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        assert set(ids_of(path, "ids")) <= set(IDS)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        list(ids_of(path, "ids"))
