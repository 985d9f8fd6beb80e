"""Ratings of MovieLens, split by the pipeline's rules."""

import zipfile
from pathlib import Path

import numpy as np

from bench.models import movielens
from bench.models.movielens import RATINGS, read_ratings, split_ratings
from recsys.program.params import load
from stages import process

ROWS = (  # user, item, rating, time
    (7, 10, 5, 1),
    (7, 11, 4, 2),
    (7, 12, 5, 3),
    (7, 13, 2, 4),
    (9, 10, 5, 1),
    (9, 13, 4, 2),
)


def wheel(folder: Path) -> Path:
    path = folder / "recbole.whl"
    head = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    lines = [head, *("\t".join(map(str, row)) for row in ROWS)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(RATINGS, "\n".join([*lines, ""]))
    return path


def test_ratings_are_read_from_the_wheel(tmp_path: Path) -> None:
    assert read_ratings(wheel(tmp_path)).tolist() == [list(row) for row in ROWS]


def test_latest_positives_are_the_test_and_those_before_them_the_fold(
    light: Path,
) -> None:
    folds = split_ratings(np.array(ROWS), load(process.Params, "process", light))
    assert folds.test.toarray().tolist() == [[0, 0, 1, 0], [0, 0, 0, 1]]
    assert folds.known.binary.toarray().tolist() == [[1, 1, 0, 0], [1, 0, 0, 0]]
    assert folds.known.dislikes.toarray().tolist() == [[0, 0, 0, 1], [0, 0, 0, 0]]
    assert folds.held_out.toarray().tolist() == [
        [0, 1, 0, 0],
        [0, 0, 0, 0],
    ]  # one must stay


def test_the_wheel_that_is_named_is_taken(tmp_path: Path, light: Path) -> None:
    folds = movielens.folds(wheel(tmp_path), load(process.Params, "process", light))
    assert folds.test.nnz == 2
