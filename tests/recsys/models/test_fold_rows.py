"""The rows by which the fold is judged, kept from training to the blend."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.files.arrays import write_arrays
from recsys.models import fold_rows
from recsys.models.fold_rows import FoldRows
from recsys.program.errors import DataError
from tests.worlds import complains

USERS = np.arange(8, dtype=np.float32).reshape(4, 2)
ITEMS = np.arange(6, dtype=np.float32).reshape(3, 2)
JUDGES = csr_matrix(np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]], np.float32))


def test_the_judges_score_as_in_the_fit(tmp_path: Path) -> None:
    kept = FoldRows.of(USERS, ITEMS, JUDGES)
    assert kept.user_factors.tolist() == USERS[[1, 3]].tolist()
    fold_rows.write(tmp_path, kept)
    read = fold_rows.read(tmp_path, judges=2, items=3)
    assert read is not None
    users = np.array([3, 1])
    assert read.scorer(JUDGES)(users).tolist() == (USERS[users] @ ITEMS.T).tolist()


def test_there_may_be_no_such_fit(tmp_path: Path) -> None:
    fold_rows.write(tmp_path, None)
    assert fold_rows.read(tmp_path, judges=2, items=3) is None


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"user_factors": USERS[:1], "item_factors": ITEMS}, "another fold"),
        ({"user_factors": USERS[:2], "item_factors": ITEMS[:2]}, "another fold"),
        ({"user_factors": USERS[:2], "item_factors": ITEMS[:, :1]}, "another fold"),
        ({"user_factors": USERS[:2]}, "not a fit"),
        ({"user_factors": USERS[0], "item_factors": ITEMS}, "not a fit"),
    ],
)
def test_what_is_of_another_fold_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], said: str
) -> None:
    write_arrays(tmp_path / fold_rows.FILE, **arrays)
    with complains(DataError, tmp_path / fold_rows.FILE, said, "dvc repro"):
        fold_rows.read(tmp_path, judges=2, items=3)


def test_a_missing_file_names_the_stage(tmp_path: Path) -> None:
    with complains(DataError, "dvc repro train_als"):
        fold_rows.read(tmp_path / "als", judges=2, items=3)
