"""One row for a review that the shop shows on the page of every variant or combo.

Rows of one user in one minute with one text are one review, if the text is in the user's own words:
at most OWN accounts have it on several products. Such reviews show which products are listed
together: a pair that PROVERS accounts or more have shown, on which SHARE or more of all reviews of
one of the two stand. One account, a text that many have, an import, or times without an hour prove
nothing.

Rows without a text, or with one that many have, are one review if they stand on products that are
listed together; otherwise they are a basket, and all stay. So it is with a text of fewer than
OWN_WORDS words, too, where the time says little: a whole quarter of an hour where many are (dates,
say), or a minute that many accounts have.

Groups of more than LARGEST products show no pairs and are no basket that is looked through, so that
time and memory grow as the rows do.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from recsys.files.normal_forms import normalised

OWN = 2
PROVERS = 3
SHARE = 0.3
LARGEST = 32
OWN_WORDS = 3
ROUND_US = 15 * 60 * 1_000_000
MANY_ROUND = (
    0.25  # share of whole quarters of an hour; where times are exact it is 1/15
)
FREQUENT = 0.01  # share of the accounts in one minute from which on it says little
FEWEST = 20  # accounts from which on such shares are looked at
SAME_REVIEW = ["user_id", "text", "minute"]
# which row of a review stays: of the smallest product id, the one that came last
FIRST = (pl.col("product_id"), -pl.col("row").cast(pl.Int64))
MINUTE = pl.col("timestamp").dt.truncate("1m").alias("minute")


@dataclass(frozen=True)
class CrossListed:
    """How many rows are one review: `groups` of them, `rows` in these, `dropped` of the rows."""

    groups: int
    rows: int
    dropped: int


class _Joined(NamedTuple):
    """Rows that are one review: `group` (n,) is equal for those of one, and smaller than a row's
    place for all but its first; `row` (n,) are their numbers.
    """

    group: np.ndarray
    row: np.ndarray

    def dropped(self) -> np.ndarray:
        dropped: np.ndarray = self.row[self.group != np.arange(len(self.group))]
        return dropped

    def counts(self) -> CrossListed:
        sizes = np.bincount(self.group, minlength=len(self.group))
        several = sizes[sizes > 1]
        rows, groups = int(several.sum()), len(several)
        return CrossListed(groups, rows, rows - groups)


def one_per_cross_listed(
    interactions: pl.DataFrame,
) -> tuple[pl.DataFrame, CrossListed]:
    """The interactions with one row of each cross-listed group, the one with the smallest product
    id, of several rows of it the last; and how many there were.

    Reads user_id, product_id, timestamp and comment; the other columns stay as they are.
    """
    keyed = _keyed(interactions)
    written = keyed.filter(pl.col("comment") != "")
    listed = _listed_with_text(written)
    if not len(listed):
        return interactions, CrossListed(0, 0, 0)
    own = listed.filter("own")
    pairs = _pairs_listed_together(listed, written)
    loose = _without_own_words(keyed, listed, pairs)
    joined = (_by_review(own), _by_pairs(loose, pairs))
    dropped = np.concatenate([one.dropped() for one in joined])
    is_kept = np.ones(len(interactions), dtype=bool)
    is_kept[dropped] = False
    counts = [one.counts() for one in joined]
    count = CrossListed(
        groups=sum(one.groups for one in counts),
        rows=sum(one.rows for one in counts),
        dropped=len(dropped),
    )
    return interactions.filter(pl.Series(is_kept)), count


def _keyed(interactions: pl.DataFrame) -> pl.LazyFrame:
    """The columns that are needed, and the number of each row."""
    columns = ("row", "user_id", "product_id", "timestamp", "comment")
    return interactions.lazy().with_row_index("row").select(columns)


def _listed_with_text(written: pl.LazyFrame) -> pl.DataFrame:
    """Rows of reviews with a text that stand on two products or more, by product id, the last
    first; and whether the text is in the user's `own` words.
    """
    commented = written.with_columns(MINUTE).collect()
    # cheap first: most rows share their user and minute with none; by hash a few more are left
    candidates = commented.filter(pl.struct("user_id", "minute").hash().is_duplicated())
    vague = _vague(candidates.select("user_id", "minute").unique()["minute"])
    text = normalised(candidates["comment"], "NFC").str.strip_chars()
    worded = candidates.with_columns(text=text).filter(pl.col("text") != "")
    grouped = worded.with_columns(group=pl.col("row").min().over(SAME_REVIEW))
    is_listed = pl.col("product_id").n_unique().over("group") > 1
    listed = grouped.filter(is_listed).drop("comment").sort(*FIRST)
    account = pl.col("row").min().over("user_id")
    coded = listed.with_columns(
        account=account, vague=pl.col("minute").is_in(vague.implode())
    )
    is_of_few = pl.col("account").n_unique().over("text") <= OWN
    return coded.with_columns(own=is_of_few & ~_says_little(coded))


def _says_little(listed: pl.DataFrame) -> pl.Series:
    """Which rows (rows,) bool have few words at a `vague` time."""
    vague = listed["vague"]
    words = listed["text"].filter(vague).str.count_matches(r"\S+")
    return vague.scatter(vague.arg_true(), words < OWN_WORDS)


def _vague(minutes: pl.Series) -> pl.Series:
    """The minutes that say little; there is one of `minutes` for each account and minute with
    several rows.
    """
    if len(minutes) < FEWEST:
        return minutes.head(0)
    counts = minutes.value_counts()
    frequent = counts.filter(pl.col("count") > max(FREQUENT * len(minutes), FEWEST))
    is_round = minutes.dt.epoch("us") % ROUND_US == 0
    is_coarse = is_round.sum() > MANY_ROUND * len(minutes)
    coarse = minutes.filter(is_round).unique() if is_coarse else minutes.head(0)
    return pl.concat([frequent["minute"], coarse])


class _Pairs(NamedTuple):
    """Pairs of products that are listed together: `products` (n,) sorted, of which each `key` is
    the place of the one times n + that of the other, both ways round.
    """

    products: pl.Series
    keys: np.ndarray


def _pairs_listed_together(listed: pl.DataFrame, written: pl.LazyFrame) -> _Pairs:
    """The pairs that enough accounts have shown in their own words, and that most reviews of one of
    the two stand on.
    """
    products = listed["product_id"].unique().sort()
    counts = written.group_by("product_id").len("reviews").collect()
    coded = products.to_frame().with_row_index("product")
    table = coded.join(counts, on="product_id", how="left").sort("product")
    reviews = table["reviews"].to_numpy()
    rows = listed.join(table.select("product_id", "product"), on="product_id")
    few = rows.filter(pl.col("product").n_unique().over("group") <= LARGEST)
    one = few.select("group", "account", "own", "product").unique()
    both = one.join(one.select("group", other="product"), on="group").filter(
        pl.col("product") < pl.col("other")
    )
    accounts = pl.col("account").filter("own").n_unique()
    shown = both.group_by("product", "other").agg(pl.len().alias("shown"), accounts)
    low, high = (
        shown[name].to_numpy().astype(np.int64) for name in ("product", "other")
    )
    enough = shown["shown"].to_numpy() >= SHARE * np.minimum(
        reviews[low], reviews[high]
    )
    enough &= shown["account"].to_numpy() >= PROVERS
    low, high, size = low[enough], high[enough], len(products)
    keys = np.concatenate([low * size + high, high * size + low])
    return _Pairs(products, np.sort(keys))


def _without_own_words(
    keyed: pl.LazyFrame, listed: pl.DataFrame, pairs: _Pairs
) -> pl.DataFrame:
    """Rows of products that are listed together with others, of reviews without a text, or with one
    that is not in the user's own words: row, user_id, product_id, text, minute, by product id, the
    last first.
    """
    size = max(len(pairs.products), 1)
    known = pairs.products[np.unique(pairs.keys // size)]
    columns = ["row", "user_id", "product_id", "text", "minute"]
    is_silent = pl.col("comment").str.strip_chars() == ""
    is_known = pl.col("product_id").is_in(known.implode())
    silent = keyed.filter(is_silent & is_known).with_columns(MINUTE, text=pl.lit(""))
    common = listed.filter(~pl.col("own") & is_known).select(columns)
    rows = pl.concat([silent.select(columns).collect(), common])
    return rows.sort(*FIRST)


def _by_review(rows: pl.DataFrame) -> _Joined:
    """Rows of one user, text and minute are one review."""
    placed = rows.with_row_index("place")
    first = placed.select(pl.col("place").min().over("group")).to_series()
    return _Joined(first.to_numpy(), rows["row"].to_numpy())


def _by_pairs(rows: pl.DataFrame, pairs: _Pairs) -> _Joined:
    """Rows of one user, text and minute are one review, if a chain of pairs leads from product to
    product.
    """
    group = np.arange(len(rows))
    places = pairs.products.alias("product_id").to_frame().with_row_index("product")
    coded = rows.with_row_index("place").join(places, on="product_id")
    coded = coded.with_columns(group=pl.col("place").min().over(SAME_REVIEW))
    size = pl.len().over("group")
    some = coded.filter((size > 1) & (size <= LARGEST)).select(
        "place", "group", "product"
    )
    both = some.join(some, on="group", suffix="_other")
    key = both["product"].cast(pl.Int64) * len(pairs.products) + both["product_other"]
    linked = np.isin(key.to_numpy(), pairs.keys)
    one = both["place"].to_numpy()[linked]
    other = both["place_other"].to_numpy()[linked]
    while True:  # each round halves the way to the first row at least
        least = group.copy()
        np.minimum.at(least, one, group[other])
        least = least[least]
        if (least == group).all():
            return _Joined(group, rows["row"].to_numpy())
        group = least
