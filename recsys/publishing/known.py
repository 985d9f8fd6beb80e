"""What is known of the users of a release, by all events of the shop: what training was told, and
what it was not.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix

from recsys.dataset.ages import ages_of
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import from_cells
from recsys.files.places import places, runs
from recsys.models.factors import Factors

NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Known:
    """What is known of the users of a release; matrices are csr (users, items) float32."""

    liked: csr_matrix  # confidence
    ages: csr_matrix  # of the same cells
    later: csr_matrix  # of the same cells: 1 where training was not told of it
    disliked: csr_matrix
    seen: csr_matrix
    untold: (
        np.ndarray
    )  # (users,) int64, the time of the latest event that training was not told of

    def of_first(self, users: int) -> Interactions:
        """What so many users like and dislike, as a fit takes it."""
        liked, dislikes = self.liked[:users], self.disliked[:users]
        binary = liked.copy()
        binary.data = np.ones_like(binary.data)
        return Interactions(liked, binary, dislikes, self.ages[:users])


def others(events: pl.DataFrame, trained: list[str]) -> list[str]:
    """Users with an event whom the model was not trained on, by id."""
    rows = events["user_id"]
    users = rows.gather(runs(rows)[:-1]).unique()  # they stand together
    is_trained = users.is_in(pl.Series(trained, dtype=pl.String).implode())
    return users.filter(~is_trained).sort().to_list()


def known_of(
    events: pl.DataFrame, user_ids: list[str], factors: Factors, threshold: float
) -> Known:
    """The matrices of all events with a product that the model knows. Of a user and a product that
    stand there twice, on both sides of a cut in time, the latest counts.
    """
    user = places(events["user_id"], pl.Series(user_ids, dtype=pl.String))
    item = places(events["product_id"], pl.Series(factors.item_ids, dtype=pl.String))
    told = (events["part"] == "train").to_numpy() | (user >= len(factors.user_ids))
    good = (events["rating"] >= threshold).to_numpy()
    is_known, is_last = (user >= 0) & (item >= 0), _are_last(user, item)
    told[1:] |= told[:-1] & ~is_last[:-1] & (good[1:] == good[:-1])
    shape = (len(user_ids), len(factors.item_ids))

    def matrix(cells: np.ndarray, values: np.ndarray) -> csr_matrix:
        return from_cells(user[cells], item[cells], values[cells], shape)

    ones, latest = np.ones(len(events), np.float32), is_known & is_last
    liked = latest & good
    ages, time = ones.copy(), events["timestamp"].to_physical().to_numpy()
    ages[liked] = ages_of(user[liked], time[liked])
    return Known(
        matrix(liked, events["confidence"].to_numpy()),
        matrix(liked, ages),
        matrix(liked, 1 - told),
        matrix(latest & ~good, ones),
        matrix(is_known, ones),
        _latest_of_each(user, time, latest & ~told, len(user_ids)),
    )


def _are_last(user: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Which rows (n,) bool no other one of the same user and item follows; these stand together."""
    is_last = np.ones(len(user), bool)
    is_last[:-1] = (user[1:] != user[:-1]) | (item[1:] != item[:-1])
    return is_last


def _latest_of_each(
    user: np.ndarray, time: np.ndarray, rows: np.ndarray, users: int
) -> np.ndarray:
    """The latest time of each user among `rows` (n,) bool, (users,) int64; NEVER without one."""
    latest = np.full(users, NEVER)
    np.maximum.at(latest, user[rows], time[rows])
    return latest
