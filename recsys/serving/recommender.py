"""Recommendations of one release: the lists that the service, the runner and the export give.

A list has the best products by the score of recsys/serving/parts.py, the smaller index first at a
tie, and new ones on the places that are kept for them (recsys/ranking/new_places.py). What a user
has touched, what is hidden, excluded, or of another brand or type is taken out before the list is
made: it is shorter than k only where products run out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recsys.models.one_user import OneUser
from recsys.serving.arithmetic import best, z_scores
from recsys.serving.catalogue import Catalogue, plain
from recsys.serving.folding import Folding
from recsys.serving.parts import FewLikes, Kind, Parts, Scoring, total
from recsys.serving.release import Release
from recsys.serving.texts import NOWHERE

if TYPE_CHECKING:
    from recsys.ranking.new_places import Lists, NewPlaces

NOBODY = NOWHERE  # the row of a user who is not in the release


@dataclass(frozen=True)
class Wish:
    """What a list should be like."""

    k: int = 10
    exclude: Sequence[str] = ()  # products not to be shown
    brand: str | None = None
    type: str | None = None
    bought: Sequence[str] = ()  # products that training does not know of yet


PLAIN = Wish()


@dataclass(slots=True)  # not frozen: that costs more than all else of it
class Item:
    """One place of a list."""

    product_id: str
    name: str
    score: float
    parts: dict[str, float]  # they add up to the score


@dataclass(slots=True)
class KeptPlace(Item):
    """One that is kept for new products."""

    place: str  # why this one of them stands there: the words of an Order


@dataclass(frozen=True)
class Answer:
    """A list, best first."""

    model_id: str
    how: str  # the words of a Kind
    items: list[Item]
    unknown: list[str] = field(default_factory=list)  # of what was bought or left out


@dataclass(frozen=True)
class Asker:
    """Who asks: how they are ranked, their factors (1, f), and the items that they like, with
    their ages (recsys/dataset/ages.py).
    """

    kind: Kind
    factors: np.ndarray
    liked: np.ndarray
    ages: np.ndarray  # of each of these


class Recommender:
    """What a release answers."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.model_id = release.model_id
        self.catalogue = Catalogue(release)
        self.scoring = Scoring(release)
        self.folding = Folding(release)
        self.kinds = release.arrays["user_kinds"]
        self.user_factors = release.arrays["user_factors"]

    # ---- one list ----
    def recommend(self, user: str | None, wish: Wish = PLAIN) -> Answer:
        """The list of a user, or of an anonymous visitor (None) by what they have just bought.

        ConfigError if no product has the brand or type that is wished for.
        """
        asker, parts, scores = self.scored(user, wish)
        unknown = self.catalogue.unknown([*wish.bought, *wish.exclude])
        items = self._with_new(scores, parts, wish.k, asker.liked)
        return Answer(self.model_id, asker.kind.words, items, unknown)

    def scored(self, user: str | None, wish: Wish) -> tuple[Asker, Parts, np.ndarray]:
        """Who asks, the parts, and what their list is made of: scores (1, items) float32, -inf for
        what is not to be shown.
        """
        row = self.row_of(user)
        bought = self.catalogue.items(wish.bought)
        asker = self._asker(row, bought)
        parts = self.scoring.parts(
            *(asker.kind, asker.factors, FewLikes([asker.liked], [asker.ages]))
        )
        scores = total(parts, 1)
        self._mask(scores, wish, bought)
        if row != NOBODY:
            scores[0, self.release.items_of("seen", row)] = -np.inf
        return asker, parts, scores

    def order(self, scores: np.ndarray, liked: np.ndarray) -> np.ndarray:
        """All items of the longest list by `scores` (1, items), best first, (n,) int."""
        k = len(self.catalogue)
        if not self.release.about.new_item_places:
            return best(scores[0], k)
        items: np.ndarray = self._lists(scores, k, liked).items[0]
        return items[items >= 0]

    def similar(self, product: str, wish: Wish = PLAIN) -> Answer:
        """The products most like this one: by factors and content as these weigh in the hybrid
        score; by content alone if the model knows nothing of it. Where its text says nothing
        either, the popular ones.

        DataError if it is unknown, ConfigError as in `recommend`.
        """
        item = self.catalogue.item(product)
        parts, how = self.likeness(item), "similar"
        if not any(part.any() for part in parts.values()):
            parts, how = {"popularity": self.scoring.popularity}, Kind.POPULAR.words
        scores = total(parts, 1)
        self._mask(scores, wish, [item])
        items = self._best(scores, parts, wish.k)
        return Answer(self.model_id, how, items, self.catalogue.unknown(wish.exclude))

    def row_of(self, user: str | None) -> int:
        """The row of a user, NOBODY if there is none."""
        row = None if user is None else self.release.users.find(plain(user))
        return NOBODY if row is None else row

    def rows_of(self, users: Sequence[str]) -> np.ndarray:
        """The row of each user, (n,) int64; NOBODY for one who is not there."""
        return self.release.users.find_all([plain(user) for user in users])

    def bought_by(self, user: str) -> list[str]:
        """The names (or ids) of all products that a user has touched, by index."""
        row = self.row_of(user)
        items = [] if row == NOBODY else self.release.items_of("seen", row).tolist()
        ids, names = self.catalogue.ids, self.catalogue.names
        return [names[item] or ids[item] for item in items]

    def _asker(self, row: int, bought: list[int]) -> Asker:
        if row == NOBODY or bought:
            return self._newcomer(row, bought)
        kind = Kind(int(self.kinds[row]))
        cells = self.release.row_of("liked", row)
        liked = self.release.arrays["liked_items"][cells]
        ages = self.release.ages[cells]
        return Asker(kind, self.user_factors[row : row + 1], liked, ages)

    def _newcomer(self, row: int, bought: list[int]) -> Asker:
        """Somebody by what is known of them and what they have bought since."""
        liked, disliked = self._with_bought(row, bought)
        items, ages = liked.indices, self._ages(row, bought)
        if not len(items):
            return Asker(Kind.POPULAR, np.zeros((1, 0), np.float32), items, ages)
        folded, is_known = self.folding.fold_in(liked, disliked)
        kind = Kind.FOLDED if is_known else Kind.CONTENT
        return Asker(kind, folded, items, ages)

    def _ages(self, row: int, bought: list[int]) -> np.ndarray:
        """The ages of what somebody likes, in the order of the items, (n,) int32: what they have
        bought since is of one age, and younger than all before.
        """
        ages = {}
        if row != NOBODY:
            cells = self.release.row_of("liked", row)
            former = self.release.ages[cells] + len(set(bought))
            items = self.release.items_of("liked", row).tolist()
            ages = dict(zip(items, former.tolist(), strict=True))
        ages |= dict.fromkeys(bought, 1)
        return np.array([ages[item] for item in sorted(ages)], np.int32)

    def _with_bought(self, row: int, bought: list[int]) -> tuple[OneUser, OneUser]:
        """What somebody likes and dislikes; what they have bought they like."""
        confidence = dict.fromkeys(bought, self.release.about.bought_confidence)
        dislikes: set[int] = set()
        if row != NOBODY:
            cells = self.release.row_of("liked", row)
            values = self.release.arrays["liked_confidence"][cells].tolist()
            items = self.release.items_of("liked", row).tolist()
            confidence |= dict(zip(items, values, strict=True))
            disliked = self.release.items_of("disliked", row)
            dislikes = set(disliked.tolist()) - set(bought)
        items = len(self.catalogue)
        disliked_ones = OneUser.of(dict.fromkeys(dislikes, 1.0), items)
        return OneUser.of(confidence, items), disliked_ones

    def likeness(self, item: int) -> Parts:
        """How like an item all others are, (1, items) float32 a part."""
        rows = self.folding.taste(self.folding.item_factors)
        vectors = self.scoring.vectors
        by_content = z_scores((vectors @ vectors[item])[None, :])
        if not rows[item].any():
            return {"content": by_content}
        length = np.linalg.norm(rows, axis=1) * np.linalg.norm(rows[item])
        cosine = np.divide(
            rows @ rows[item], length, out=np.zeros_like(length), where=length > 0
        )
        by_factors = {"factors": z_scores(cosine[None, :])}
        weight = np.float32(self.release.weights.content)
        return by_factors | ({"content": weight * by_content} if weight else {})

    def _mask(self, scores: np.ndarray, wish: Wish, gone: Sequence[int]) -> None:
        allowed = self.catalogue.allowed(wish.brand, wish.type)
        if allowed is not None:
            scores[0, ~allowed] = -np.inf
        if gone or wish.exclude:
            scores[0, [*gone, *self.catalogue.items(wish.exclude)]] = -np.inf

    def _with_new(
        self, scores: np.ndarray, parts: Parts, k: int, liked: np.ndarray
    ) -> list[Item]:
        if not self.release.about.new_item_places:
            return self._best(scores, parts, k)
        # here: a release that keeps none does without Numba
        from recsys.ranking.new_places import Order

        lists = self._lists(scores, min(k, len(self.catalogue)), liked)
        place = Order(int(lists.order[0])).words
        return [
            KeptPlace(item.product_id, item.name, item.score, item.parts, place)
            if is_kept
            else item
            for item, is_kept in zip(
                self._items(lists.items[0][lists.items[0] >= 0], scores, parts),
                lists.kept[0].tolist(),
                strict=False,  # of shorter lists
            )
        ]

    def _lists(self, scores: np.ndarray, k: int, liked: np.ndarray) -> "Lists":
        """The list of k by a release that keeps places for new items."""
        from recsys.serving.kept_places import stacked

        columns = len(self.catalogue)
        return self._kept.lists(scores, k, lambda _: stacked([liked], columns))

    def _best(self, scores: np.ndarray, parts: Parts, k: int) -> list[Item]:
        return self._items(best(scores[0], k), scores, parts)

    def _items(self, top: np.ndarray, scores: np.ndarray, parts: Parts) -> list[Item]:
        ids, names, named = self.catalogue.ids, self.catalogue.names, list(parts)
        values = zip(
            *(part[0].take(top).tolist() for part in parts.values()), strict=True
        )
        rows = zip(top.tolist(), scores[0].take(top).tolist(), values, strict=True)
        return [
            Item(ids[item], names[item], score, dict(zip(named, row, strict=True)))
            for item, score, row in rows
        ]

    # ---- many lists ----
    def lists(self, users: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The lists of the users at these rows (n,) as `recommend` gives them: items (n, k) int32,
        -1 where they run out, and scores (n, k) float32.
        """
        # here: for many lists it is faster, and the same; one list does without Numba
        from recsys.serving import many

        kept = self._kept if self.release.about.new_item_places else None
        return many.lists(
            self.release, self.scoring, self.catalogue.hidden, kept, users, k
        )

    @cached_property
    def _kept(self) -> "NewPlaces":
        from recsys.serving.kept_places import kept_places

        return kept_places(self.release)
