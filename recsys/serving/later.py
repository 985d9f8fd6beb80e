"""What was bought after the models were made, and what their lists were worth for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from recsys.files.tables import read_table
from recsys.ranking.metrics import metrics_of_hits
from recsys.serving.recommender import Recommender, Wish

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
    hits: list[list[np.ndarray]] = [[] for _ in range(len(models) + 1)]
    relevant = []
    for user, products in sorted(bought.by_user.items()):
        had = set().union(*(_had(model, user) for model in models))
        wanted = set(products) - had
        if not wanted:
            continue
        relevant.append(len(wanted))
        lists = [
            [item.product_id for item in model.recommend(user, Wish(k=k)).items]
            for model in models
        ]
        first = models[0]
        unknown = first.recommend(None, Wish(k=k, exclude=sorted(_had(first, user))))
        lists.append([item.product_id for item in unknown.items])
        for found, shown in zip(hits, lists, strict=True):
            row = np.zeros(k, bool)
            row[: len(shown)] = [product in wanted for product in shown]
            found.append(row)
    return [
        metrics_of_hits(np.array(found).reshape(-1, k), np.array(relevant, int), [k])[
            metric
        ]
        for found in hits
    ]


def _had(model: Recommender, user: str) -> set[str]:
    row = model.row_of(user)
    if row < 0:
        return set()
    ids = model.catalogue.ids
    return {ids[item] for item in model.release.items_of("seen", row).tolist()}
