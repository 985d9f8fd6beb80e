"""The peer of bench/speed/floor.py: what a plain pandas script does with the reviews. No checks, no
quarantine, no scores.

Reads the CSV, drops rows that do not parse, keeps one row of a cross-listed review and the latest
of each user and product, takes users with two interactions and a positive, holds out the latest
positive, and writes the matrices.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, save_npz


def main(reviews: str, out: str) -> None:
    columns = ["user_id", "product_id", "rating", "comment", "cmt_date"]
    rows = pd.read_csv(
        reviews, dtype=str, keep_default_na=False, usecols=columns, on_bad_lines="skip"
    )
    rows["rating"] = pd.to_numeric(rows["rating"], errors="coerce")
    rows["time"] = pd.to_datetime(rows["cmt_date"], errors="coerce", format="%Y-%m-%d %H:%M:%S")
    rows = rows[
        rows["rating"].between(1, 5) & rows["time"].notna() & (rows["user_id"] != "")
    ].drop_duplicates()
    written = rows["comment"].str.strip() != ""
    minute = rows["time"].dt.floor("min")
    copies = (
        rows.assign(minute=minute)
        .sort_values("product_id", kind="stable")
        .duplicated(["user_id", "comment", "minute"])
    )
    rows = rows[~(copies.reindex(rows.index) & written)]
    rows = rows.sort_values(["user_id", "product_id", "time", "rating"]).drop_duplicates(
        ["user_id", "product_id"], keep="last"
    )
    positive = rows["rating"] >= 4
    count = rows.groupby("user_id")["rating"].transform("size")
    liked = positive.groupby(rows["user_id"]).transform("sum")
    rows = rows[(count >= 2) & (liked >= 1)]
    good = rows[rows["rating"] >= 4].sort_values(["user_id", "time", "rating", "product_id"])
    last = good.drop_duplicates("user_id", keep="last")
    last = last[good.groupby("user_id").size().reindex(last["user_id"]).to_numpy() > 1]
    train = rows.drop(last.index)
    users, user_ids = pd.factorize(train["user_id"], sort=True)
    items, item_ids = pd.factorize(train["product_id"], sort=True)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    keep = (train["rating"] >= 4).to_numpy()
    shape = (len(user_ids), len(item_ids))
    ones = np.ones(int(keep.sum()), dtype=np.float32)
    save_npz(
        folder / "X_train_binary.npz", csr_matrix((ones, (users[keep], items[keep])), shape=shape)
    )
    train.to_parquet(folder / "interactions.parquet")
    last.to_parquet(folder / "test.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
