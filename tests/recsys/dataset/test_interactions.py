"""The validation fold: what is held out is not learned from, and nothing else goes with it."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix, random_array

from recsys.dataset.folder import Ids, read_interactions, read_matrix, read_pairs
from recsys.dataset.interactions import Interactions, some_users, taken_out
from recsys.files.arrays import write_arrays
from recsys.program.errors import DataError
from recsys.ranking import metrics
from tests.worlds import complains, even_odd


def csr(rows: list[list[float]]) -> csr_matrix:
    return csr_matrix(np.array(rows, np.float32))


def pairs(path: Path, users: list, items: list) -> Path:
    pl.DataFrame(
        {"user_index": users, "item_index": items, "rating": 5.0}, strict=False
    ).write_parquet(path)
    return path


def test_what_is_taken_out_is_gone_and_the_rest_is_as_it_was() -> None:
    left = taken_out(csr([[5, 0, 2], [0, 0, 0], [1, 3, 0]]), csr([[1, 1, 0], [1, 0, 0], [0, 9, 0]]))
    assert left.toarray().tolist() == [[0, 0, 2], [0, 0, 0], [1, 0, 0]]
    assert left.nnz == 2
    assert left.dtype == np.float32


@pytest.mark.parametrize("seed", range(5))
def test_taking_out_is_what_a_dense_loop_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, cells = (
        csr_matrix(random_array((9, 7), density=density, rng=rng, dtype=np.float32))
        for density in (0.5, 0.3)
    )
    expected = matrix.toarray()
    for user in range(9):
        for item in range(7):
            if cells[user, item]:
                expected[user, item] = 0
    left = taken_out(matrix, cells)
    assert np.array_equal(left.toarray(), expected)
    left.check_format(full_check=True)
    assert left.indices.dtype == matrix.indices.dtype
    assert left.indptr.dtype == matrix.indptr.dtype


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 2)])
def test_nothing_can_be_taken_out_of_nothing(shape: tuple[int, int]) -> None:
    assert taken_out(csr_matrix(shape), csr_matrix(shape)).shape == shape


def test_everything_and_nothing_can_be_taken_out() -> None:
    world = even_odd()
    assert taken_out(world, world).nnz == 0
    assert (taken_out(world, csr_matrix(world.shape)) != world).nnz == 0


def test_cells_of_a_wide_matrix_do_not_collide() -> None:
    size = 70_001
    user, item = divmod(2**32 + 1, size)  # 32 bits would take it for user 0 and item 1
    wide = csr_matrix((np.ones(2, np.float32), ([0, user], [1, item])), shape=(size, size))
    left = taken_out(wide, csr_matrix((np.ones(1, np.float32), ([user], [item])), shape=wide.shape))
    assert (left.nnz, left[0, 1]) == (1, 1)


def test_the_fold_is_without_the_held_out_positives_and_with_all_dislikes() -> None:
    known = Interactions(csr([[5, 4, 0]]), csr([[1, 1, 0]]), csr([[0, 0, 1]]))
    fold = known.without(csr([[0, 1, 1]]))
    assert fold.confidence.toarray().tolist() == [[5, 0, 0]]
    assert fold.binary.toarray().tolist() == [[1, 0, 0]]
    assert fold.dislikes.toarray().tolist() == [[0, 0, 1]]
    assert known.binary.toarray().tolist() == [[1, 1, 0]]


def test_seen_is_what_was_liked_or_disliked_and_not_what_was_held_out() -> None:
    known = Interactions(csr([[5, 4, 0, 0]]), csr([[1, 1, 0, 0]]), csr([[0, 0, 1, 0]]))
    assert (known.seen.toarray() != 0).tolist() == [[True, True, True, False]]
    assert (known.without(csr([[0, 1, 0, 0]])).seen.toarray() != 0).tolist() == [
        [True, False, True, False]
    ]


def test_pairs_are_ones_at_their_places(tmp_path: Path) -> None:
    found = read_pairs(pairs(tmp_path / "v.parquet", [1, 0], [2, 0]), (3, 3))
    assert found.toarray().tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert found.dtype == np.float32


def test_a_pair_that_stands_there_twice_is_one(tmp_path: Path) -> None:
    assert read_pairs(pairs(tmp_path / "v.parquet", [1, 1], [0, 0]), (2, 2)).toarray().tolist() == [
        [0, 0],
        [1, 0],
    ]


def test_no_pairs_is_an_empty_matrix(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    pl.DataFrame(schema={"user_index": pl.UInt32, "item_index": pl.UInt32}).write_parquet(path)
    assert read_pairs(path, (2, 3)).shape == (2, 3)
    assert read_pairs(path, (2, 3)).nnz == 0


@pytest.mark.parametrize(
    ("users", "items"), [([3], [0]), ([0], [2]), ([-1], [0]), ([0], [-1]), ([2**40], [0])]
)
def test_an_index_outside_is_a_data_error(tmp_path: Path, users: list, items: list) -> None:
    path = pairs(tmp_path / "v.parquet", users, items)
    with complains(DataError, path, "3 users", "2 items", "dvc repro process"):
        read_pairs(path, (3, 2))


@pytest.mark.parametrize(
    "users", [[0, None], [0.5, 1.0], ["0", "1"], [True, False], [float("nan"), 0.0]]
)
def test_an_index_that_is_no_whole_number_is_a_data_error(tmp_path: Path, users: list) -> None:
    path = pairs(tmp_path / "v.parquet", users, [0, 1])
    with complains(DataError, path, "dvc repro process"):
        read_pairs(path, (3, 3))


def test_a_table_that_is_missing_or_torn_or_another_is_a_data_error(tmp_path: Path) -> None:
    with complains(DataError, tmp_path / "none.parquet", "dvc repro"):
        read_pairs(tmp_path / "none.parquet", (1, 1))
    path = pairs(tmp_path / "v.parquet", [0], [0])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"v\.parquet"):
        read_pairs(path, (1, 1))
    pl.DataFrame({"user_index": [0]}).write_parquet(path)
    with pytest.raises(DataError, match=r"v\.parquet"):
        read_pairs(path, (1, 1))


def test_the_three_matrices_are_read_in_their_order(tmp_path: Path) -> None:
    ids = Ids(["a"], ["p", "q"])
    names = ("X_train_confidence", "X_train_binary", "X_hard_negatives")
    for value, name in enumerate(names, 1):
        one = csr([[0, value]])
        parts = {
            "data": one.data,
            "indices": one.indices,
            "indptr": one.indptr,
            "shape": np.array(one.shape),
        }
        write_arrays(tmp_path / f"{name}.npz", **parts)
    known = read_interactions(tmp_path, ids)
    assert [one[0, 1] for one in (known.confidence, known.binary, known.dislikes)] == [1, 2, 3]
    (tmp_path / "X_hard_negatives.npz").unlink()
    with complains(DataError, "X_hard_negatives.npz", "dvc repro process"):
        read_interactions(tmp_path, ids)


def test_metrics_are_those_of_users_with_a_held_out_positive_in_index_order() -> None:
    scores = np.array([[0, 1, 2], [9, 9, 9], [2, 1, 0], [3, 2, 1]], np.float32)
    seen, held_out = (
        csr([[0, 0, 1], [0] * 3, [0] * 3, [1, 0, 0]]),
        csr([[1, 0, 0], [0] * 3, [0, 0, 1], [1, 0, 0]]),
    )
    found = metrics.metrics_of(lambda users: scores[users], seen, held_out)
    assert found.keys() == {"recall_at_10", "ndcg_at_10"}
    assert found["recall_at_10"].tolist() == [1, 1, 0]
    assert found["ndcg_at_10"] == pytest.approx([1 / np.log2(3), 1 / np.log2(4), 0])


def test_nobody_has_a_held_out_positive() -> None:
    empty = csr_matrix((2, 3), dtype=np.float32)
    found = metrics.metrics_of(lambda users: np.zeros((len(users), 3), np.float32), empty, empty)
    assert {name: len(values) for name, values in found.items()} == {
        "recall_at_10": 0,
        "ndcg_at_10": 0,
    }


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_a_matrix_with_values_that_are_none_is_a_data_error(tmp_path: Path, value: float) -> None:
    made = csr([[5, 0], [0, value]])
    parts = {name: getattr(made, name) for name in ("data", "indices", "indptr")}
    write_arrays(tmp_path / "X_train_confidence.npz", **parts, shape=np.array(made.shape))
    with complains(
        DataError,
        tmp_path / "X_train_confidence.npz",
        "no numbers of at least 0",
        "dvc repro process",
    ):
        read_matrix(tmp_path, "X_train_confidence", Ids(["a", "b"], ["c", "d"]))


def test_at_most_so_many_users_are_looked_at() -> None:
    held_out = csr_matrix(np.eye(9, 5, dtype=np.float32))
    assert some_users(held_out, 5) is held_out
    assert some_users(held_out, 2).toarray().sum(axis=1).tolist() == [1, 0, 1, 0, 0, 0, 0, 0, 0]
