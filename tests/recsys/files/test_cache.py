"""A cache gives back what was written for the same key, or nothing."""

import logging
from pathlib import Path

import numpy as np
import pytest

from recsys.files.arrays import write_arrays
from recsys.files.cache import read_cache, write_cache

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([True, False])}
KEY = b"made of this"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "cache" / "scores.npz"
    write_cache(made, KEY, ARRAYS)
    return made


def test_what_was_written_is_read(path: Path) -> None:
    found = read_cache(path, KEY)
    assert found is not None
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()


def test_records_and_no_rows_are_read_as_they_were(path: Path) -> None:
    records = np.array([(1, 0.5)], dtype=[("key", "<u8"), ("value", "<f8")])
    write_cache(path, KEY, {"records": records, "none": np.empty((0, 3))})
    found = read_cache(path, KEY)
    assert found is not None
    assert found["records"].tolist() == [(1, 0.5)]
    assert found["none"].shape == (0, 3)


def test_the_same_content_is_the_same_bytes(path: Path) -> None:
    before = path.read_bytes()
    write_cache(path, KEY, ARRAYS)
    assert path.read_bytes() == before


def test_another_key_or_no_file_is_none_without_a_word(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert read_cache(path, b"made of that") is None
    assert read_cache(path.with_name("absent.npz"), KEY) is None
    assert caplog.text == ""


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "flip", "plain", "changed"])
def test_a_torn_file_is_none_and_said(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = path.read_bytes()
    middle = len(whole) // 4
    torn = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "text": b"no cache\n",
        "flip": whole[:middle] + bytes([whole[middle] ^ 0x40]) + whole[middle + 1 :],
    }
    if damage in torn:
        path.write_bytes(torn[damage])
    elif damage == "plain":
        write_arrays(path, **ARRAYS)
    else:
        kept = dict(np.load(path))
        write_arrays(path, **(kept | {"a": kept["a"] + 1}))
    with caplog.at_level(logging.WARNING):
        assert read_cache(path, KEY) is None
    assert f"{path}: torn" in caplog.text
