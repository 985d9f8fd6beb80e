"""What was written is read again, and a torn file of vectors is a message."""

from pathlib import Path

import numpy as np
import pytest

from recsys.files.arrays import pack_ids
from recsys.files.vectors_by_id import VectorsById, read_vectors, write_vectors
from recsys.program.errors import DataError
from tests.worlds import complains

VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def write(
    path: Path, vectors: np.ndarray = VECTORS, ids: tuple[str, ...] = ("a", "b", "c")
) -> Path:
    encoder = np.frombuffer(b"lexical-2-42", dtype=np.uint8)
    np.savez(path, product_ids=pack_ids(list(ids)), vectors=vectors, encoder=encoder)
    return path


@pytest.mark.parametrize(
    "vectors",
    [
        VECTORS[:2],
        VECTORS[0],
        VECTORS * np.nan,
        VECTORS * np.inf,
        *(VECTORS.astype(kind) for kind in (object, str, complex, np.float64)),
    ],
)
def test_vectors_that_do_not_fit_are_a_data_error(
    tmp_path: Path, vectors: np.ndarray
) -> None:
    path = write(tmp_path / "items.npz", vectors)
    with complains(DataError, path, "dvc repro"):
        read_vectors(path)


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    with complains(DataError, tmp_path / "items.npz", "dvc repro embed"):
        read_vectors(tmp_path / "items.npz")


# numpy forgets to close a file that is no zip
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04", b"\x93NUMPY\x01\x00"])
def test_what_is_no_npz_is_a_data_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items.npz"
    path.write_bytes(content)
    with complains(DataError, path, "dvc repro"):
        read_vectors(path)


def test_a_single_array_is_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "items.npz"
    with path.open("wb") as handle:
        np.save(handle, VECTORS)
    with complains(DataError, path):
        read_vectors(path)


# numpy forgets to close a file that is no zip
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_wherever_the_file_is_cut_or_a_byte_is_changed_it_is_read_or_a_data_error(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "items.npz")
    whole = path.read_bytes()
    torn = [whole[:end] for end in range(0, len(whole), 7)]
    torn += [
        whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        for at in range(0, len(whole), 5)
    ]
    for content in torn:
        path.write_bytes(content)
        try:
            read_vectors(path)
        except DataError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize("encoder", [b"", b"\xff", b"a\nb", np.array([1.5]), None])
def test_a_file_that_does_not_say_its_encoder_is_a_data_error(
    tmp_path: Path, encoder: bytes | np.ndarray | None
) -> None:
    path = tmp_path / "items.npz"
    said = (
        np.frombuffer(encoder, dtype=np.uint8)
        if isinstance(encoder, bytes)
        else encoder
    )
    extra = {} if said is None else {"encoder": said}
    np.savez(path, product_ids=pack_ids(["a", "b", "c"]), vectors=VECTORS, **extra)
    with complains(DataError, path, "dvc repro"):
        read_vectors(path)


def test_ids_that_are_not_utf_8_are_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "items.npz"
    np.savez(
        path,
        product_ids=np.full(3, 255, np.uint8),
        vectors=VECTORS,
        encoder=np.frombuffer(b"x", np.uint8),
    )
    with complains(DataError, path, "UTF-8", "dvc repro embed"):
        read_vectors(path)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "items.npz"
    write_vectors(path, VectorsById(["a", "ộ", "007"], VECTORS, "lexical-2-42"))
    content = read_vectors(path)
    assert content.ids == ["a", "ộ", "007"]
    assert content.vectors.tolist() == VECTORS.tolist()
    assert content.encoder == "lexical-2-42"


def test_no_vectors_at_all_are_no_error(tmp_path: Path) -> None:
    path = tmp_path / "items.npz"
    write_vectors(path, VectorsById([], np.zeros((0, 3), np.float32), "lexical-3-42"))
    content = read_vectors(path)
    assert (content.ids, content.vectors.shape) == ([], (0, 3))
