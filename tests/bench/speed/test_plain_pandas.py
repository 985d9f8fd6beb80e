"""The peer does what it says, on a few rows."""

from pathlib import Path

import pandas as pd
from scipy.sparse import load_npz

from bench.speed import plain_pandas

LINES = (
    "user_id,product_id,rating,comment,processed_comment,cmt_date",
    "a,p1,5,x,,2024-01-01 10:00:00",
    "a,p2,5,y,,2024-01-02 10:00:00",
    "a,p3,5,y,,2024-01-02 10:00:30",  # cross-listed: the same text in the same minute
    "a,p1,4,z,,2024-01-03 10:00:00",  # the later one of a and p1
    "b,p1,5,,,2024-01-01 10:00:00",
    "b,p2,1,,,2024-01-02 10:00:00",
    "c,p1,5,,,2024-01-01 10:00:00",  # one interaction only
    "d,p1,six,,,2024-01-01 10:00:00",
    "d,p1,5,,,no time",
)


def test_known_answers(tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    reviews.write_text("\n".join([*LINES, ""]))
    plain_pandas.main([str(reviews), str(tmp_path / "out")])
    train = pd.read_parquet(tmp_path / "out" / "interactions.parquet")
    test = pd.read_parquet(tmp_path / "out" / "test.parquet")
    assert test[["user_id", "product_id", "rating"]].to_numpy().tolist() == [
        ["a", "p1", 4.0]
    ]
    assert train[["user_id", "product_id"]].to_numpy().tolist() == [
        ["a", "p2"],
        ["b", "p1"],
        ["b", "p2"],
    ]
    matrix = load_npz(tmp_path / "out" / "X_train_binary.npz")
    assert matrix.toarray().tolist() == [[0, 1], [1, 0]]
