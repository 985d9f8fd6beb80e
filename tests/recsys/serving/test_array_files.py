"""Arrays of a release: the same bytes for the same array, and nothing mapped that is not right."""

import errno
import os
import resource
from pathlib import Path

import numpy as np
import pytest

from recsys.program.errors import DataError
from recsys.serving import array_files
from recsys.serving.array_files import BLOCK, Entry
from tests.worlds import complains

ARRAY = np.arange(6, dtype="<f4").reshape(3, 2)


@pytest.mark.parametrize("shape", [(3, 2), (0, 2), (BLOCK // 4 + 3,)])
def test_what_is_written_is_mapped_and_cannot_be_written_to(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    array = np.zeros(shape, "<f4")
    entry = array_files.write(tmp_path, "a", array)
    mapped = array_files.mapped(tmp_path, "a", entry, "<f4")
    assert np.array_equal(mapped, array)
    assert mapped.size == 0 or not mapped.flags.writeable
    assert array_files.write(tmp_path, "b", array) == entry
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


@pytest.mark.parametrize(
    ("array", "dtype", "words"),
    [
        (ARRAY, "<i4", "<i4 is needed"),
        (np.array([1, np.nan], "<f4"), "<f4", "infinite or none"),
        (np.array([1, np.inf], "<f4"), "<f4", "infinite or none"),
    ],
)
def test_another_dtype_and_what_is_no_number_are_refused(
    tmp_path: Path, array: np.ndarray, dtype: str, words: str
) -> None:
    entry = array_files.write(tmp_path, "a", array)
    with complains(DataError, "a.npy", words):
        array_files.mapped(tmp_path, "a", entry, dtype)


def test_all_are_written_as_one_is(tmp_path: Path) -> None:
    arrays = {"a": ARRAY, "b": np.arange(9, dtype="<i4"), "other": ARRAY}
    entries = array_files.write_all(tmp_path, arrays, {"a": "<f4", "b": "<i4"})
    assert list(entries) == ["a", "b"]
    for name, entry in entries.items():
        found = array_files.mapped(tmp_path, name, entry, arrays[name].dtype.str)
        assert np.array_equal(found, arrays[name])
    assert not (tmp_path / "other.npy").exists()


@pytest.mark.parametrize(
    ("array", "dtype", "words"),
    [
        (ARRAY, "<i4", "<i4 is needed"),
        (np.array([1, np.nan], "<f4"), "<f4", "infinite or none"),
    ],
)
def test_what_would_not_be_mapped_is_not_written(
    tmp_path: Path, array: np.ndarray, dtype: str, words: str
) -> None:
    with complains(DataError, "a.npy", words):
        array_files.write_all(tmp_path, {"a": array}, {"a": dtype})


def test_a_nan_beyond_the_first_block_is_found(tmp_path: Path) -> None:
    array = np.zeros(BLOCK, "<f4")
    array[-1] = np.nan
    entry = array_files.write(tmp_path, "a", array)
    with complains(DataError, "infinite or none"):
        array_files.mapped(tmp_path, "a", entry, "<f4")


@pytest.mark.parametrize("size", [0, 5, 40, 128, 151])
def test_a_torn_file_is_refused(tmp_path: Path, size: int) -> None:
    entry = array_files.write(tmp_path, "a", ARRAY)
    content = (tmp_path / "a.npy").read_bytes()
    assert len(content) == 152
    (tmp_path / "a.npy").write_bytes(content[:size])
    with complains(DataError, "a.npy"):
        array_files.mapped(tmp_path, "a", entry, "<f4")


def test_one_changed_byte_is_refused(tmp_path: Path) -> None:
    entry = array_files.write(tmp_path, "a", ARRAY)
    content = bytearray((tmp_path / "a.npy").read_bytes())
    content[-1] ^= 1
    (tmp_path / "a.npy").write_bytes(content)
    with complains(DataError, "hash"):
        array_files.mapped(tmp_path, "a", entry, "<f4")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "ran"),)

    path = tmp_path / "a.npy"
    np.save(
        path, np.array([Bomb()], dtype=object), allow_pickle=True
    )  # hostile on purpose
    entry = Entry(sha256="", dtype="|O", shape=[1])
    with complains(DataError, "a.npy"):
        array_files.mapped(tmp_path, "a", entry, "<f4")
    assert not (tmp_path / "ran").exists()


def test_links_folders_and_pipes_are_no_files(tmp_path: Path) -> None:
    entry = array_files.write(tmp_path, "a", ARRAY)
    (tmp_path / "link.npy").symlink_to(tmp_path / "a.npy")
    (tmp_path / "folder.npy").mkdir()
    os.mkfifo(tmp_path / "pipe.npy")
    for name in ("link", "folder", "pipe", "absent"):
        with complains(DataError, f"{name}.npy"):
            array_files.mapped(tmp_path, name, entry, "<f4")


def test_a_program_with_too_many_open_files_is_not_told_to_delete_it(
    tmp_path: Path,
) -> None:
    entry = array_files.write(tmp_path, "a", ARRAY)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)  # and the one after it, which the map would take
    os.close(lowest)
    try:
        for more in (0, 1):
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + more, limits[1]))
            with pytest.raises(DataError, match="ulimit -n") as caught:
                array_files.mapped(tmp_path, "a", entry, "<f4")
            assert "delete" not in str(caught.value)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_link_is_the_same_file_and_a_copy_where_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    array_files.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").stat().st_ino == (tmp_path / "b").stat().st_ino

    def refuse(*paths: Path) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    array_files.link(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == b"x"
    assert (tmp_path / "a").stat().st_ino != (tmp_path / "c").stat().st_ino


@pytest.mark.parametrize(
    ("indptr", "items"),
    [
        ([1, 2], [0, 1]),
        ([0, 1], [0, 1]),
        ([0, 2, 1, 2], [0, 1]),
        ([0, 2], [0, 3]),
        ([0, 2], [-1, 0]),
    ],
)
def test_what_is_no_csr_is_refused(indptr: list[int], items: list[int]) -> None:
    array_files.check_matrix(np.array([0, 2]), np.array([0, 2]), 3, "seen")
    with pytest.raises(ValueError, match="seen_"):
        array_files.check_matrix(np.array(indptr), np.array(items), 3, "seen")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has such a device")
def test_a_full_disk_says_that_it_is_full(tmp_path: Path) -> None:
    """numpy's own way to write says how many items are missing, and no more."""
    (tmp_path / "a.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space") as caught:
        array_files.write(tmp_path, "a", np.zeros(BLOCK, "<f4"))
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("dtype", ["<f4", "<i4", "<i8", "|u1", "<u8", "|b1"])
def test_the_bytes_are_those_of_numpy(tmp_path: Path, dtype: str) -> None:
    array = np.arange(6).reshape(3, 2).astype(dtype)[:, ::-1]
    array_files.write(tmp_path, "a", array)
    np.save(tmp_path / "b.npy", np.ascontiguousarray(array))
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
