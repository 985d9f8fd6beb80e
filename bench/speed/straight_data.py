"""What the straight script learns from and is measured on: read, cleaned and split with polars.

It skips broken rows in silence, keeps one row of a review that several pages show and the latest
of each user and product, and holds out the latest positive of each user who has another one; the
one before it is the validation fold. Which reviews are one, and which of several at one time is the
latest, it decides more simply than stages/process.py: by the text alone, and by the id.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

COLUMNS = ["user_id", "product_id", "rating", "comment", "cmt_date"]
TEXTS = ("product_name", "processed_description", "feature")
POSITIVE = 4  # stars
PAIR = ["user_id", "product_id"]


@dataclass(frozen=True)
class Data:
    """Positives csr (users, items) float32, all of them and those without the validation fold;
    what was touched; the items of test and fold by user, -1 for none; a text for each item.
    """

    known: csr_matrix
    fold: csr_matrix
    seen: csr_matrix
    test: np.ndarray  # (users,) int64
    validation: np.ndarray  # (users,) int64
    texts: list[str]

    @property
    def seen_of_fold(self) -> csr_matrix:
        """What is not ranked when the validation fold is: all that was touched but its items."""
        users = np.flatnonzero(self.validation >= 0)
        hidden = pattern(users, self.validation[users], self.seen.shape)
        left = (self.seen - hidden).tocsr()
        left.eliminate_zeros()
        return left


def read(path: Path) -> pl.DataFrame:
    """The reviews that parse, once each."""
    rows = pl.read_csv(
        path,
        columns=COLUMNS,
        infer_schema=False,
        truncate_ragged_lines=True,
        encoding="utf8-lossy",
    )
    time = pl.col("cmt_date").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    parsed = rows.with_columns(
        pl.col("rating").cast(pl.Float64, strict=False),
        pl.col("comment").fill_null("").str.strip_chars(),
        time=time,
    )
    is_good = pl.col("rating").is_between(1, 5) & pl.col("time").is_not_null()
    named = pl.col("user_id").str.len_chars() > 0
    return parsed.filter(is_good & named & pl.col("product_id").is_not_null()).unique(
        maintain_order=True
    )


def events(rows: pl.DataFrame) -> pl.DataFrame:
    """One row of a review that several pages show, the latest of each user and product."""
    review = ["user_id", "comment", "minute"]
    dated = rows.with_columns(minute=pl.col("time").dt.truncate("1m"))
    is_silent = pl.col("comment") == ""
    written = dated.filter(~is_silent).sort("product_id").unique(review, keep="first")
    silent = dated.filter(is_silent)
    single = pl.concat([written, silent])
    return single.sort(*PAIR, "time", "rating").unique(PAIR, keep="last")


def trainable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of users with two interactions and a positive."""
    positives = (pl.col("rating") >= POSITIVE).sum().over("user_id")
    return rows.filter((pl.len().over("user_id") >= 2) & (positives >= 1))


def latest_positives(rows: pl.DataFrame) -> pl.DataFrame:
    """The latest positive of each user who has another one, `user` and `item`."""
    ordered = rows.filter(pl.col("rating") >= POSITIVE).sort(
        "user", "time", "rating", "product_id"
    )
    by_user = ordered.group_by("user").agg(pl.col("item").last(), count=pl.len())
    return by_user.filter(pl.col("count") > 1).select("user", "item")


def pattern(user: np.ndarray, item: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """csr float32 with a 1 at each user and item."""
    return csr_matrix((np.ones(len(user), np.float32), (user, item)), shape=shape)


def by_user(pairs: pl.DataFrame, users: int) -> np.ndarray:
    """The item of each user, (users,) int64, -1 for none."""
    items = np.full(users, -1, dtype=np.int64)
    items[pairs["user"].to_numpy()] = pairs["item"].to_numpy()
    return items


def coded(rows: pl.DataFrame, items: pl.Series) -> pl.DataFrame:
    """The rows with `user` and `item` codes from 0, items by their ids."""
    users = rows["user_id"].unique().sort()
    return rows.with_columns(
        user=rows["user_id"].cast(pl.Enum(users)).to_physical().cast(pl.Int64),
        item=rows["product_id"].cast(pl.Enum(items)).to_physical().cast(pl.Int64),
    )


def product_texts(shop: Path, items: pl.Series) -> list[str]:
    """Name, description and feature of each item."""
    tables = [
        pl.read_csv(shop / name, infer_schema=False, truncate_ragged_lines=True).unique(
            "product_id", keep="first"
        )
        for name in ("data_product.csv", "data_product_attribute.csv")
    ]
    products, attributes = tables
    joined = products.join(attributes, on="product_id", how="left")
    all_items = pl.DataFrame({"product_id": items})
    ordered = all_items.join(joined, on="product_id", how="left", maintain_order="left")
    texts = [pl.col(name).fill_null("") for name in TEXTS]
    return ordered.select(pl.concat_str(texts, separator="\n")).to_series().to_list()


def load(shop: Path) -> Data:
    """The shop in a folder, ready to be fitted and measured."""
    every = events(read(shop / "data_reviews_purchase.csv"))
    catalogue = pl.read_csv(
        shop / "data_product.csv",
        columns=["product_id"],
        infer_schema=False,
        truncate_ragged_lines=True,
    )["product_id"]
    items = pl.concat([every["product_id"], catalogue]).drop_nulls().unique().sort()
    rows = coded(trainable(every), items)
    shape = (rows["user_id"].n_unique(), len(items))
    test = latest_positives(rows)
    train = rows.join(test, on=["user", "item"], how="anti")
    validation = latest_positives(train)
    positives = train.filter(pl.col("rating") >= POSITIVE)
    fold = positives.join(validation, on=["user", "item"], how="anti")

    def matrix(table: pl.DataFrame) -> csr_matrix:
        return pattern(table["user"].to_numpy(), table["item"].to_numpy(), shape)

    return Data(
        known=matrix(positives),
        fold=matrix(fold),
        seen=matrix(train),
        test=by_user(test, shape[0]),
        validation=by_user(validation, shape[0]),
        texts=product_texts(shop, items),
    )
