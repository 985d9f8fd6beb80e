"""Vectors come in the order of the item index, and a torn file is a message."""

from pathlib import Path

import numpy as np
import pytest

from recsys.dataset.embeddings import Embeddings, load_embeddings, read_embeddings
from recsys.files.arrays import pack_ids
from recsys.program.errors import DataError
from tests.worlds import complains

VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def write(
    path: Path, vectors: np.ndarray = VECTORS, ids: tuple[str, ...] = ("a", "b", "c")
) -> Path:
    encoder = np.frombuffer(b"lexical-2-42", dtype=np.uint8)
    np.savez(path, product_ids=pack_ids(list(ids)), vectors=vectors, encoder=encoder)
    return path


def test_rows_are_placed_by_id_and_unknown_items_have_zeros(tmp_path: Path) -> None:
    placed = read_embeddings(write(tmp_path / "items.npz"), ["c", "new", "a"])
    assert placed.dtype == np.float32
    assert placed.tolist() == [[5, 6], [0, 0], [1, 2]]


def test_no_item_is_known(tmp_path: Path) -> None:
    assert read_embeddings(write(tmp_path / "items.npz"), ["x", "y"]).tolist() == [[0, 0], [0, 0]]


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
def test_vectors_that_do_not_fit_are_a_data_error(tmp_path: Path, vectors: np.ndarray) -> None:
    path = write(tmp_path / "items.npz", vectors)
    with complains(DataError, path, "dvc repro"):
        read_embeddings(path, ["a"])


def test_a_missing_file_is_a_data_error(tmp_path: Path) -> None:
    with complains(DataError, tmp_path / "items.npz", "dvc repro embed"):
        read_embeddings(tmp_path / "items.npz", ["a"])


# numpy forgets to close a file that is no zip
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04", b"\x93NUMPY\x01\x00"])
def test_what_is_no_npz_is_a_data_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items.npz"
    path.write_bytes(content)
    with complains(DataError, path, "dvc repro"):
        read_embeddings(path, ["a"])


def test_a_single_array_is_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "items.npz"
    with path.open("wb") as handle:
        np.save(handle, VECTORS)
    with complains(DataError, path):
        read_embeddings(path, ["a"])


# numpy forgets to close a file that is no zip
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_wherever_the_file_is_cut_or_a_byte_is_changed_it_is_read_or_a_data_error(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "items.npz")
    whole = path.read_bytes()
    torn = [whole[:end] for end in range(0, len(whole), 7)]
    torn += [
        whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(0, len(whole), 5)
    ]
    for content in torn:
        path.write_bytes(content)
        try:
            load_embeddings(path, ["a"])
        except DataError as error:
            assert str(path) in str(error)


def test_the_space_is_the_encoder_and_the_dimension(tmp_path: Path) -> None:
    found = load_embeddings(write(tmp_path / "items.npz"), ["b"])
    assert found.vectors.tolist() == [[3, 4]]
    assert (found.encoder, found.space) == ("lexical-2-42", "lexical-2-42 (2)")


def test_a_model_of_another_encoder_or_dimension_is_refused_and_one_of_this_space_is_not() -> None:
    now = Embeddings(VECTORS, "lexical-2-42")
    now.require(now.space, "models/als")
    for other in (Embeddings(VECTORS, "lexical-2-43"), Embeddings(VECTORS[:, :1], "lexical-2-42")):
        with complains(DataError, "models/als", other.space, now.space, "dvc repro"):
            now.require(other.space, "models/als")


@pytest.mark.parametrize("encoder", [b"", b"\xff", b"a\nb", np.array([1.5]), None])
def test_a_file_that_does_not_say_its_encoder_is_a_data_error(
    tmp_path: Path, encoder: bytes | np.ndarray | None
) -> None:
    path = tmp_path / "items.npz"
    said = np.frombuffer(encoder, dtype=np.uint8) if isinstance(encoder, bytes) else encoder
    extra = {} if said is None else {"encoder": said}
    np.savez(path, product_ids=pack_ids(["a", "b", "c"]), vectors=VECTORS, **extra)
    with complains(DataError, path, "dvc repro"):
        load_embeddings(path, ["a"])


def test_ids_that_are_not_utf_8_are_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "items.npz"
    np.savez(
        path,
        product_ids=np.full(3, 255, np.uint8),
        vectors=VECTORS,
        encoder=np.frombuffer(b"x", np.uint8),
    )
    with complains(DataError, path, "UTF-8", "dvc repro embed"):
        read_embeddings(path, ["a"])
