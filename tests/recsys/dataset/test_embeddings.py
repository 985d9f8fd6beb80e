"""Vectors come in the order of the item index, in a space that a model must share."""

from pathlib import Path

import numpy as np

from recsys.dataset.embeddings import Embeddings, load_embeddings
from recsys.files.vectors_by_id import VectorsById, write_vectors
from recsys.program.errors import DataError
from tests.worlds import complains

VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def write(path: Path) -> Path:
    write_vectors(path, VectorsById(["a", "b", "c"], VECTORS, "lexical-2-42"))
    return path


def test_rows_are_placed_by_id_and_unknown_items_have_zeros(tmp_path: Path) -> None:
    placed = load_embeddings(write(tmp_path / "items.npz"), ["c", "new", "a"]).vectors
    assert placed.dtype == np.float32
    assert placed.tolist() == [[5, 6], [0, 0], [1, 2]]


def test_no_item_is_known(tmp_path: Path) -> None:
    embeddings = load_embeddings(write(tmp_path / "items.npz"), ["x", "y"])
    assert embeddings.vectors.tolist() == [[0, 0], [0, 0]]


def test_the_space_is_the_encoder_and_the_dimension(tmp_path: Path) -> None:
    embeddings = load_embeddings(write(tmp_path / "items.npz"), ["b"])
    assert embeddings.vectors.tolist() == [[3, 4]]
    assert (embeddings.encoder, embeddings.space) == (
        "lexical-2-42",
        "lexical-2-42 (2)",
    )


def test_a_model_of_another_encoder_or_dimension_is_refused_and_one_of_this_space_is_not() -> (
    None
):
    now = Embeddings(VECTORS, "lexical-2-42")
    now.require(now.space, "models/als")
    for other in (
        Embeddings(VECTORS, "lexical-2-43"),
        Embeddings(VECTORS[:, :1], "lexical-2-42"),
    ):
        with complains(DataError, "models/als", other.space, now.space, "dvc repro"):
            now.require(other.space, "models/als")
