"""What process writes of the dataset is read again, and a torn or foreign file is a message."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.dataset.events import CodedEvents
from recsys.dataset.folder import (
    CONFIDENCE,
    Dataset,
    Ids,
    hashes,
    read_ids,
    read_interactions,
    read_matrix,
    read_pairs,
    write_folder,
    write_matrix,
)
from recsys.dataset.split import TEST, TRAIN, UNUSED, Events, Split
from recsys.files.arrays import write_arrays
from recsys.files.atomic import sha256_of
from recsys.program.errors import DataError
from tests.recsys.dataset.worlds import csr, pairs
from tests.stages.processing import ROWS, matrix, merged_shop, run
from tests.worlds import complains


def small_dataset() -> Dataset:
    """Of users a, b and c, of whom b is not trainable; items p, q and r."""
    events = Events(
        user=np.array([0, 0, 0, 1, 2, 2]),
        item=np.array([0, 1, 2, 0, 0, 1]),
        rating=np.array([5.0, 4, 5, 5, 4, 1]),
        time=np.array([1, 2, 3, 1, 1, 2]),
    )
    rows = pl.DataFrame(
        {
            "timestamp": pl.Series(events.time).cast(pl.Datetime("us", "UTC")),
            "comment_quality": pl.Series([0.5, 0.25, 0, 0, 1, 0], dtype=pl.Float32),
        }
    )
    replaced = pl.DataFrame({"user_id": ["a"], "rating": [2.0]})
    users, items = pl.Series(["a", "b", "c"]), pl.Series(["p", "q", "r"])
    coded = CodedEvents(events, None, rows, replaced, users, items)
    part = np.array([TRAIN, TRAIN, TEST, UNUSED, TRAIN, TRAIN])
    return Dataset(coded, Split(part, np.array([True, False, True])), threshold=4.0)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_folder(tmp_path, small_dataset(), pl.Series(["p", "q", "r"]))
    ids = read_ids(tmp_path)
    assert ids == Ids(["a", "c"], ["p", "q", "r"])
    known = read_interactions(tmp_path, ids)
    assert known.confidence.toarray().tolist() == [[5.5, 4.25, 0], [5, 0, 0]]
    assert known.binary.toarray().tolist() == [[1, 1, 0], [1, 0, 0]]
    assert known.dislikes.toarray().tolist() == [[0, 0, 0], [0, 1, 0]]
    test = read_pairs(tmp_path / "test.parquet", (2, 3))
    validation = read_pairs(tmp_path / "validation.parquet", (2, 3))
    assert test.toarray().tolist() == [[0, 0, 1], [0, 0, 0]]
    assert pl.read_parquet(tmp_path / "replaced.parquet").rows() == [("a", 2.0)]
    # a's latest positive in training; the only one of c stays
    assert validation.toarray().tolist() == [[0, 1, 0], [0, 0, 0]]


def test_a_matrix_is_an_archive_that_scipy_reads(tmp_path: Path) -> None:
    from scipy.sparse import load_npz

    matrix = csr([[0, 2], [3, 0]])
    write_matrix(matrix, tmp_path / f"{CONFIDENCE}.npz")
    assert load_npz(tmp_path / f"{CONFIDENCE}.npz").toarray().tolist() == [
        [0, 2],
        [3, 0],
    ]


def test_a_matrix_of_another_shape_than_the_id_maps_is_a_data_error(
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{CONFIDENCE}.npz"
    write_matrix(csr([[0, 2], [3, 0]]), path)
    with complains(
        DataError, path, "(2, 2)", "1 users", "2 items", "dvc repro process"
    ):
        read_matrix(tmp_path, CONFIDENCE, Ids(["a"], ["p", "q"]))


def test_an_archive_of_other_arrays_is_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / f"{CONFIDENCE}.npz"
    write_arrays(path, data=np.ones(1, np.float32))
    with complains(DataError, path, "not a sparse matrix", "dvc repro process"):
        read_matrix(tmp_path, CONFIDENCE, Ids(["a"], ["p"]))


def test_hashes_are_of_the_files_that_are_named(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "two").write_bytes(b"2")
    assert hashes(tmp_path, ("one",)) == {"one": sha256_of(tmp_path / "one")}


def test_events_have_index_quality_confidence_and_part(tmp_path: Path) -> None:
    shop = merged_shop(tmp_path, ROWS)
    run(shop)
    events = pl.read_parquet(shop.processed / "interactions.parquet")
    assert events.select(
        "user_id", "product_id", "user_index", "item_index", "part"
    ).rows() == [
        ("a", "p1", 0, 0, "train"),
        ("a", "p2", 0, 1, "test"),
        ("a", "p3", 0, 2, "train"),
        ("b", "p1", 1, 0, "train"),
        ("b", "p2", 1, 1, "train"),
        ("b", "p3", 1, 2, "test"),
        ("c", "p2", -1, 1, "unused"),
        ("d", "p1", -1, 0, "unused"),
        ("d", "p2", -1, 1, "unused"),
    ]
    assert (events["confidence"] - events["rating"]).to_list() == pytest.approx(
        events["comment_quality"].to_list(), abs=1e-6
    )
    assert events["confidence"].is_between(1, 6).all()


def test_users_are_numbered_as_they_first_appear_and_items_by_their_ids(
    tmp_path: Path,
) -> None:
    shop = merged_shop(
        tmp_path, [ROWS[6], *ROWS[3:6], *reversed(ROWS[:3])]
    )  # c, who is not trainable, b, then a
    run(shop)
    assert pl.read_parquet(shop.processed / "users.parquet")["user_id"].to_list() == [
        "b",
        "a",
    ]
    assert pl.read_parquet(shop.processed / "items.parquet")[
        "product_id"
    ].to_list() == [
        "p1",
        "p2",
        "p3",
        "p4",
    ]
    assert matrix(shop, "X_hard_negatives").tolist() == [[0, 1, 0, 0], [0, 0, 1, 0]]
    events = pl.read_parquet(shop.processed / "interactions.parquet")
    assert events.select("user_id", "product_id", "user_index").rows() == [
        ("c", "p2", -1),
        *(("b", item, 0) for item in ("p1", "p2", "p3")),
        *(("a", item, 1) for item in ("p1", "p2", "p3")),
    ]


def test_items_of_interactions_outside_the_catalogue_are_known(tmp_path: Path) -> None:
    shop = merged_shop(tmp_path, ROWS, products=("p1", "p9"))
    run(shop)
    assert pl.read_parquet(shop.processed / "items.parquet").select(
        "product_id", "in_catalogue"
    ).rows() == [
        ("p1", True),
        ("p2", False),
        ("p3", False),
        ("p9", True),
    ]


def test_pairs_are_ones_at_their_places(tmp_path: Path) -> None:
    found = read_pairs(pairs(tmp_path / "v.parquet", [1, 0], [2, 0]), (3, 3))
    assert found.toarray().tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert found.dtype == np.float32


def test_a_pair_that_stands_there_twice_is_one(tmp_path: Path) -> None:
    assert read_pairs(
        pairs(tmp_path / "v.parquet", [1, 1], [0, 0]), (2, 2)
    ).toarray().tolist() == [
        [0, 0],
        [1, 0],
    ]


def test_no_pairs_is_an_empty_matrix(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    pl.DataFrame(
        schema={"user_index": pl.UInt32, "item_index": pl.UInt32}
    ).write_parquet(path)
    assert read_pairs(path, (2, 3)).shape == (2, 3)
    assert read_pairs(path, (2, 3)).nnz == 0


@pytest.mark.parametrize(
    ("users", "items"),
    [([3], [0]), ([0], [2]), ([-1], [0]), ([0], [-1]), ([2**40], [0])],
)
def test_an_index_outside_is_a_data_error(
    tmp_path: Path, users: list, items: list
) -> None:
    path = pairs(tmp_path / "v.parquet", users, items)
    with complains(DataError, path, "3 users", "2 items", "dvc repro process"):
        read_pairs(path, (3, 2))


@pytest.mark.parametrize(
    "users", [[0, None], [0.5, 1.0], ["0", "1"], [True, False], [float("nan"), 0.0]]
)
def test_an_index_that_is_no_whole_number_is_a_data_error(
    tmp_path: Path, users: list
) -> None:
    path = pairs(tmp_path / "v.parquet", users, [0, 1])
    with complains(DataError, path, "dvc repro process"):
        read_pairs(path, (3, 3))


def test_a_table_that_is_missing_or_torn_or_another_is_a_data_error(
    tmp_path: Path,
) -> None:
    with complains(DataError, tmp_path / "none.parquet", "dvc repro"):
        read_pairs(tmp_path / "none.parquet", (1, 1))
    path = pairs(tmp_path / "v.parquet", [0], [0])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"v\.parquet"):
        read_pairs(path, (1, 1))
    pl.DataFrame({"user_index": [0]}).write_parquet(path)
    with pytest.raises(DataError, match=r"v\.parquet"):
        read_pairs(path, (1, 1))


def test_the_matrices_are_read_in_their_order(tmp_path: Path) -> None:
    ids = Ids(["a"], ["p", "q"])
    names = ("X_train_confidence", "X_train_binary", "X_hard_negatives", "X_train_ages")
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
    matrices = (known.confidence, known.binary, known.dislikes, known.aged)
    assert [one[0, 1] for one in matrices] == [1, 2, 3, 4]
    write_arrays(tmp_path / "X_train_ages.npz", **(parts | {"indices": np.array([0])}))
    with complains(DataError, "X_train_ages.npz", "dvc repro process"):
        read_interactions(tmp_path, ids)
    (tmp_path / "X_hard_negatives.npz").unlink()
    with complains(DataError, "X_hard_negatives.npz", "dvc repro process"):
        read_interactions(tmp_path, ids)


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_a_matrix_with_values_that_are_none_is_a_data_error(
    tmp_path: Path, value: float
) -> None:
    made = csr([[5, 0], [0, value]])
    parts = {name: getattr(made, name) for name in ("data", "indices", "indptr")}
    write_arrays(
        tmp_path / "X_train_confidence.npz", **parts, shape=np.array(made.shape)
    )
    with complains(
        DataError,
        tmp_path / "X_train_confidence.npz",
        "no numbers of at least 0",
        "dvc repro process",
    ):
        read_matrix(tmp_path, "X_train_confidence", Ids(["a", "b"], ["c", "d"]))
