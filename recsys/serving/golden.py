"""Golden queries: lists that a service must answer exactly as the release does.

They are of users that are spread evenly over the release and of one who is unknown, with and
without filters, all products shown that are not hidden. Product ids are compared, in their order.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from recsys.serving.recommender import Recommender, Wish

USERS = 5
K = 10
NOBODY = "a user that no shop has \u2205"


@dataclass(frozen=True)
class Golden:
    """A question and the products of its answer."""

    user: str
    query: dict[str, object] = field(default_factory=dict)
    products: Sequence[str] = ()


def golden(recommender: Recommender) -> list[Golden]:
    """The queries with the lists that this recommender gives now."""
    return [
        Golden(user, _query(wish), _list(recommender, user, wish))
        for user in _users(recommender)
        for wish in _wishes(recommender)
    ]


def digest(recommender: Recommender) -> str:
    """sha256 of all golden lists: two that agree in it answer alike."""
    lists = [query.products for query in golden(recommender)]
    return hashlib.sha256(json.dumps(lists).encode()).hexdigest()


def _users(recommender: Recommender) -> list[str]:
    users = recommender.release.users
    rows = {len(users) * part // USERS for part in range(USERS)} if len(users) else ()
    return [*(users.text(row) for row in sorted(rows)), NOBODY]


def _wishes(recommender: Recommender) -> list[Wish]:
    """Plain; without a product; and of the brand and the type that most products have."""
    catalogue = recommender.catalogue
    texts = recommender.release.texts
    wishes = [Wish(K), Wish(K, exclude=catalogue.ids[:1])]
    brand, type_ = (_most(texts[name]) for name in ("brands", "types"))
    if brand:
        wishes.append(Wish(K, brand=brand))
    if type_:
        wishes.append(Wish(K, type=type_))
    return wishes


def _most(texts: Sequence[str]) -> str | None:
    """The commonest of the texts; of equals the first in order, None if all are empty."""
    counts = Counter(text for text in texts if text.strip())
    return min(counts, key=lambda text: (-counts[text], text)) if counts else None


def _query(wish: Wish) -> dict[str, object]:
    said = {"brand": wish.brand, "type": wish.type, "exclude": list(wish.exclude)}
    return {"k": wish.k, **{name: value for name, value in said.items() if value}}


def _list(recommender: Recommender, user: str, wish: Wish) -> list[str]:
    return [item.product_id for item in recommender.recommend(user, wish).items]
