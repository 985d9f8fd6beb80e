"""The peer of bench/speed/floor.py: what a plain pandas script does with the reviews.

usage   python -m bench.speed.plain_pandas REVIEWS OUT
reads   REVIEWS         data_reviews_purchase.csv of a shop
writes  OUT             a folder with interactions.parquet, test.parquet, X_train_binary.npz

No checks, no quarantine, no scores: it drops rows that do not parse, keeps one row of a
cross-listed review and the latest of each user and product, takes users with two interactions and a
positive, holds out the latest positive, and writes the matrices.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, save_npz

COLUMNS = ["user_id", "product_id", "rating", "comment", "cmt_date"]
POSITIVE = 4  # stars


def read(path: Path) -> pd.DataFrame:
    """The rows that parse."""
    rows = pd.read_csv(
        path, dtype=str, keep_default_na=False, usecols=COLUMNS, on_bad_lines="skip"
    )
    rows["rating"] = pd.to_numeric(rows["rating"], errors="coerce")
    rows["time"] = pd.to_datetime(
        rows["cmt_date"], errors="coerce", format="%Y-%m-%d %H:%M:%S"
    )
    is_good = (
        rows["rating"].between(1, 5) & rows["time"].notna() & (rows["user_id"] != "")
    )
    return rows[is_good].drop_duplicates()


def events(rows: pd.DataFrame) -> pd.DataFrame:
    """One row of a cross-listed review, the latest of each user and product."""
    by_product = rows.assign(minute=rows["time"].dt.floor("min"))
    by_product = by_product.sort_values("product_id", kind="stable")
    is_copy = by_product.duplicated(["user_id", "comment", "minute"]).reindex(
        rows.index
    )
    is_written = rows["comment"].str.strip() != ""
    ordered = rows[~(is_copy & is_written)].sort_values(
        ["user_id", "product_id", "time", "rating"]
    )
    return ordered.drop_duplicates(["user_id", "product_id"], keep="last")


def trainable(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of users with two interactions and a positive."""
    count = rows.groupby("user_id")["rating"].transform("size")
    positives = (rows["rating"] >= POSITIVE).groupby(rows["user_id"]).transform("sum")
    return rows[(count >= 2) & (positives >= 1)]


def held_out(rows: pd.DataFrame) -> pd.DataFrame:
    """Each user's latest positive, where another one stays."""
    positive = rows[rows["rating"] >= POSITIVE]
    positive = positive.sort_values(["user_id", "time", "rating", "product_id"])
    last = positive.drop_duplicates("user_id", keep="last")
    count = positive.groupby("user_id").size().reindex(last["user_id"])
    return last[count.to_numpy() > 1]


def matrix(train: pd.DataFrame) -> csr_matrix:
    """The positives, (users, items) float32."""
    users, user_ids = pd.factorize(train["user_id"], sort=True)
    items, item_ids = pd.factorize(train["product_id"], sort=True)
    keep = (train["rating"] >= POSITIVE).to_numpy()
    ones = np.ones(int(keep.sum()), dtype=np.float32)
    return csr_matrix(
        (ones, (users[keep], items[keep])), shape=(len(user_ids), len(item_ids))
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reviews", type=Path, metavar="REVIEWS")
    parser.add_argument("out", type=Path, metavar="OUT")
    given = parser.parse_args(arguments)
    rows = trainable(events(read(given.reviews)))
    test = held_out(rows)
    train = rows.drop(test.index)
    given.out.mkdir(parents=True, exist_ok=True)
    save_npz(given.out / "X_train_binary.npz", matrix(train))
    train.to_parquet(given.out / "interactions.parquet")
    test.to_parquet(given.out / "test.parquet")


if __name__ == "__main__":
    main()
