"""What was bought after the models were made, and what their lists were worth for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from recsys.files.tables import read_table
from recsys.ranking.metrics import metrics_of_hits
from recsys.ranking.top_k import in_blocks
from recsys.serving.recommender import NOBODY, Recommender, Wish

COLUMNS = ["user_id", "product_id", "rating", "timestamp"]


@dataclass(frozen=True)
class Purchases:
    """Positives of each user after a moment, and the newest of them."""

    by_user: dict[str, list[str]]  # product ids
    until: datetime | None  # None without any
    again: int = 0  # left out: users who had bought after `since` before


def purchases(
    events: Path, since: datetime, after: datetime, threshold: float, most: int
) -> Purchases:
    """The positives after a moment in what process wrote (ratings from the threshold on), of at
    most so many users, evenly spread. DataError if the file is missing or torn.

    Who had a positive between `since` and `after` is left out: a user who buys alike again and
    again would be evidence again and again.
    """
    table = read_table(events, COLUMNS).filter(
        (pl.col("timestamp") > since) & (pl.col("rating") >= threshold)
    )
    is_new = pl.col("timestamp") > after
    former, table = table.filter(~is_new)["user_id"].unique(), table.filter(is_new)
    buyers = table["user_id"].unique().sort()
    users = buyers.filter(~buyers.is_in(former.implode())).to_list()
    kept = [users[at * len(users) // most] for at in range(min(most, len(users)))]
    if len(users) <= most:
        kept = users
    rows = table.filter(pl.col("user_id").is_in(kept)).sort("user_id", "product_id")
    by_user: dict[str, list[str]] = {}
    for user, product in rows.select("user_id", "product_id").iter_rows():
        by_user.setdefault(user, []).append(product)
    until: datetime | None = table.select(pl.col("timestamp").max()).item()
    return Purchases(by_user, until, len(buyers) - len(users))


def worth(
    models: Sequence[Recommender], bought: Purchases, metric: str, k: int
) -> list[np.ndarray]:
    """The metric of each user by the lists that each model serves, then by the list of the popular
    products of the first one: (users,) float64 each.

    Left out are products that a model knows that the user has: they cannot be shown again; and
    users to whom no other is left.
    """
    buyers = sorted(bought.by_user)
    rows = [model.rows_of(buyers) for model in models]
    users, wanted = [], []  # places in `buyers`, and what each could have been shown
    for at, user in enumerate(buyers):
        left = set(bought.by_user[user])
        for model, of_model in zip(models, rows, strict=True):
            left -= _had(model, of_model[at])
        if left:
            users.append(at)
            wanted.append(left)
    rows = [of_model[users] for of_model in rows]
    relevant = np.array([len(left) for left in wanted], int)
    found = []
    for shown in (
        *(_lists(*each, k) for each in zip(models, rows, strict=True)),
        _popular(models[0], rows[0], k),
    ):
        hits = np.zeros((len(users), k), bool)
        for row, (products, left) in enumerate(zip(shown, wanted, strict=True)):
            hits[row, : len(products)] = [product in left for product in products]
        found.append(metrics_of_hits(hits, relevant, [k])[metric])
    return found


def _lists(model: Recommender, rows: np.ndarray, k: int) -> list[list[str]]:
    """The list that each user is served, product ids; `rows` (users,) as Recommender.rows_of."""
    known, ids = np.flatnonzero(rows != NOBODY), model.catalogue.ids
    of_nobody = [item.product_id for item in model.recommend(None, Wish(k=k)).items]
    found = [of_nobody] * len(rows)
    done = 0
    for batch, items in in_blocks(
        lambda batch: model.lists(batch, min(k, len(ids)))[0], rows[known], len(ids)
    ):
        for at, row in zip(
            known[done : done + len(batch)], items.tolist(), strict=True
        ):
            found[at] = [ids[item] for item in row if item >= 0]
        done += len(batch)
    return found


def _popular(model: Recommender, rows: np.ndarray, k: int) -> list[list[str]]:
    """What each user would be served if nothing was known but what they have."""
    had = [_had(model, row) for row in rows]
    if (
        model.release.about.new_item_places
    ):  # a list is not just the longer one without some
        asked = (Wish(k=k, exclude=sorted(each)) for each in had)
        answers = (model.recommend(None, wish) for wish in asked)
        return [[item.product_id for item in each.items] for each in answers]
    most = k + max(map(len, had), default=0)
    longer = model.recommend(None, Wish(k=most)).items
    ids = [item.product_id for item in longer]
    return [[one for one in ids if one not in each][:k] for each in had]


def _had(model: Recommender, row: int) -> set[str]:
    if row == NOBODY:
        return set()
    ids = model.catalogue.ids
    return {ids[item] for item in model.release.items_of("seen", row).tolist()}
