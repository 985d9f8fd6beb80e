"""Why a product stands where it does in somebody's list, or what keeps it out.

All of it is of the list that is served (recsys/serving/recommender.py): the rank is the product's
place in it, and the parts add up to its score. What a purchase gives is exact for content and
neighbours, which are sums over what is liked: what all purchases give adds up to the part. The
factors are no such sum; there the likeness of the two products stands for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys.ranking.memory import counts_of
from recsys.serving.arithmetic import z_scores
from recsys.serving.parts import FewLikes, Parts, total
from recsys.serving.recommender import NOBODY, Asker, Recommender, Wish

NEAREST = 5  # of what was bought
SEEN = "bought or rated by the user: never shown again"
HIDDEN = "on the hide list: shown to nobody"
DELISTED = (
    "delisted: the catalogue does not have it, and nobody has bought or rated it for long "
    "(deploy.delisted_after_days)"
)


@dataclass(frozen=True)
class Bought:
    """A product that the user likes, beside the one that is asked for."""

    product_id: str
    name: str
    likeness: float  # of the two, as the score of `similar`
    parts: dict[str, float]  # the likeness by factors and content, z-scored
    gives: dict[str, float]  # what it adds to content and neighbours of the score


@dataclass(frozen=True)
class Why:
    """A product in somebody's list."""

    model_id: str
    how: str  # the words of a Kind
    is_known: bool  # whether the release has this user
    product_id: str
    name: str
    rank: int | None  # its place in the list, from 1; None if it is kept out
    rank_if_shown: int  # the same if nothing kept it out
    of: int  # products that may be shown to this user
    kept_out: list[str]  # by what, in words
    score: float
    parts: dict[str, float]  # they add up to the score
    rank_without: dict[str, int]  # `rank_if_shown` with all parts but this one
    positives: int  # of the product
    popularity_rank: int  # by them, from 1; the same for as many
    likes: int  # products that the user likes
    nearest: list[Bought]  # of these, the most like it first


def why(
    recommender: Recommender, user: str | None, product: str, nearest: int = NEAREST
) -> Why:
    """Why `product` stands where it does in the list of `user`; who is not known gets what new
    users get, and so does this.

    DataError if the product is unknown.
    """
    catalogue, row = recommender.catalogue, recommender.row_of(user)
    item = catalogue.item(product)
    asker, parts, scores = recommender.scored(user, Wish())
    positives = np.rint(np.expm1(recommender.scoring.popularity[0])).astype(int)
    return Why(
        model_id=recommender.model_id,
        how=asker.kind.words,
        is_known=row != NOBODY,
        product_id=catalogue.ids[item],
        name=catalogue.names[item],
        rank=place_of(recommender, item, scores, asker),
        rank_if_shown=_place_if_shown(recommender, item, scores, asker, parts),
        of=int(np.isfinite(scores).sum()),
        kept_out=list(_kept_out(recommender, row, item)),
        score=float(total(parts, 1)[0, item]),
        parts={name: float(part[0, item]) for name, part in parts.items()},
        rank_without=_ranks_without(recommender, item, scores, asker, parts),
        positives=int(positives[item]),
        popularity_rank=1 + int((positives > positives[item]).sum()),
        likes=len(asker.liked),
        nearest=_nearest(recommender, item, asker, parts, nearest),
    )


def place_of(
    recommender: Recommender, item: int, scores: np.ndarray, asker: Asker
) -> int | None:
    """The place of an item in the list by `scores` (1, items), from 1; None if it is not shown."""
    own = scores[0, item]
    if own == -np.inf:
        return None
    if recommender.release.about.new_item_places:
        order = recommender.order(scores, asker.liked)
        return 1 + int(np.flatnonzero(order == item)[0])
    # the smaller index first at a tie, as `arithmetic.best` has it
    above = (scores[0] > own).sum() + (scores[0, :item] == own).sum()
    return 1 + int(above)


def _place_if_shown(
    recommender: Recommender,
    item: int,
    scores: np.ndarray,
    asker: Asker,
    parts: Parts,
) -> int:
    """Its place by the sum of `parts` among what `scores` shows, itself included."""
    summed = total(parts, 1)
    gone = scores == -np.inf
    gone[0, item] = False
    summed[gone] = -np.inf
    place = place_of(recommender, item, summed, asker)
    assert place is not None  # noqa: S101 - nothing keeps it out here
    return place


def _ranks_without(
    recommender: Recommender,
    item: int,
    scores: np.ndarray,
    asker: Asker,
    parts: Parts,
) -> dict[str, int]:
    """Its place without each part; nothing where there is but one."""
    found = {}
    for name in parts:
        others = {other: part for other, part in parts.items() if other != name}
        if others:
            found[name] = _place_if_shown(recommender, item, scores, asker, others)
    return found


def _kept_out(recommender: Recommender, row: int, item: int) -> Iterator[str]:
    """What keeps the item out of the list, in words."""
    if row != NOBODY and item in recommender.release.items_of("seen", row):
        yield SEEN
    if recommender.catalogue.delisted[item]:
        yield DELISTED
    elif recommender.catalogue.hidden[item]:
        yield HIDDEN


# ---- what was bought ----
def _nearest(
    recommender: Recommender, item: int, asker: Asker, parts: Parts, most: int
) -> list[Bought]:
    """The liked items that are most like the item, itself left out."""
    others = asker.liked != item
    liked, ages = asker.liked[others], asker.ages[others]
    if not len(liked):
        return []
    like = recommender.likeness(item)
    likeness = total(like, 1)[0]
    gives = _gives(recommender, item, asker, (liked, ages), parts)
    order = np.argsort(-likeness[liked], kind="stable")[:most]
    ids, names = recommender.catalogue.ids, recommender.catalogue.names
    return [
        Bought(
            ids[liked[at]],
            names[liked[at]],
            float(likeness[liked[at]]),
            {name: float(part[0, liked[at]]) for name, part in like.items()},
            {name: float(given[at]) for name, given in gives.items()},
        )
        for at in order.tolist()
    ]


def _gives(
    recommender: Recommender,
    item: int,
    asker: Asker,
    some: tuple[np.ndarray, np.ndarray],
    parts: Parts,
) -> dict[str, np.ndarray]:
    """What each of some liked items, with their ages (n,), adds to the item's content and
    neighbours, (n,) float64 each.

    A part is w (raw - mean) / spread, and raw a sum over what is liked: so is the part.
    """
    liked, ages = some
    counts = {"neighbours": counts_of(ages, recommender.scoring.memory)}
    raws = {"content": _content, "neighbours": _neighbours}
    found = {}
    for name, raw_of in raws.items():
        if name in parts:
            raw, mean = raw_of(recommender, item, liked)
            given = (raw - mean) * counts.get(name, 1.0)
            found[name] = given * _slope(recommender, name, asker, parts)
    return found


def _content(
    recommender: Recommender, item: int, liked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The cosine of the item with each, and the mean cosine of all items with it."""
    vectors = recommender.scoring.vectors
    rows = vectors[liked].astype(np.float64)
    return rows @ vectors[item], rows @ vectors.mean(axis=0, dtype=np.float64)


def _neighbours(
    recommender: Recommender, item: int, liked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How often the item is bought with each, and the mean over all items."""
    indptr, items, values = recommender.scoring.near
    raw, mean = np.zeros(len(liked)), np.zeros(len(liked))
    for at, row in enumerate(liked.tolist()):
        cells = slice(int(indptr[row]), int(indptr[row + 1]))
        raw[at] = values[cells][items[cells] == item].sum()
        mean[at] = values[cells].sum(dtype=np.float64) / (len(indptr) - 1)
    return raw, mean


def _slope(recommender: Recommender, name: str, asker: Asker, parts: Parts) -> float:
    """By how much the part grows with its raw value: w / spread, found at its two ends."""
    raw = recommender.scoring.raw(name, FewLikes([asker.liked], [asker.ages]))
    if not z_scores(raw).any():
        return 0.0
    low, high = int(raw[0].argmin()), int(raw[0].argmax())
    part = parts[name][0]
    return float(part[high] - part[low]) / float(raw[0, high] - raw[0, low])
