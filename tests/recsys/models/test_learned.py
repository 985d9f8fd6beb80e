"""What a model has learned from goes with it, to whoever begins at it."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.folder import Ids
from recsys.files.arrays import write_arrays
from recsys.models import learned, model_folder
from recsys.program.errors import DataError
from tests.recsys.models.worlds import save, seen
from tests.worlds import complains

PAIRS = seen([[1, 0, 1], [0, 1, 0]])  # of the users 007 and 7, the items NA, đ and z


def kept(folder: Path, pairs: csr_matrix = PAIRS) -> model_folder.SavedModel:
    save(folder)
    learned.write(folder, pairs)
    return model_folder.load(folder)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    kept(tmp_path, 5 * PAIRS)
    found = learned.read(tmp_path, PAIRS.shape)
    assert found is not None
    assert found.toarray().tolist() == PAIRS.toarray().tolist()


def test_it_is_told_by_the_ids_of_another_day(tmp_path: Path) -> None:
    saved = kept(tmp_path)
    found = learned.of(saved, Ids(["new", "7", "007"], ["z", "đ"]))
    assert found is not None
    assert found.toarray().tolist() == [[0, 0], [0, 1], [1, 0]]


def test_an_older_model_does_not_say(tmp_path: Path) -> None:
    save(tmp_path)
    assert learned.of(model_folder.load(tmp_path), Ids(["7"], ["z"])) is None


@pytest.mark.parametrize(
    ("start", "said"), [("als-0123456789ab", True), ("off", False)]
)
def test_a_model_is_warm_that_began_at_another(
    tmp_path: Path, start: str, said: bool
) -> None:
    save(tmp_path, warm_start=start)
    assert learned.is_warm(model_folder.load(tmp_path).manifest) is said


@pytest.mark.parametrize(
    "arrays",
    [
        {"indptr": np.array([0, 1, 2])},
        {"indptr": np.array([0, 1]), "items": np.array([0], np.int32)},
        {"indptr": np.array([0, 1, 2]), "items": np.array([0, 7], np.int32)},
    ],
)
def test_what_is_of_another_model_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray]
) -> None:
    write_arrays(tmp_path / learned.FILE, **arrays)
    with complains(DataError, tmp_path / learned.FILE, "dvc repro"):
        learned.read(tmp_path, PAIRS.shape)
