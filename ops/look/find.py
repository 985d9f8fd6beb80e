"""Customers and products found by a piece of their id or name.

Case, accents and spaces do not count in names: `kem mat` finds `Kem Mắt`. Ids are compared as they
are.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np

from recsys.serving.catalogue import plain
from recsys.serving.recommender import Recommender

MOST = 20  # of each that are shown
OTHER_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ı": "i"})


@dataclass(frozen=True)
class Found:
    """What a search has found; more may match than are here."""

    users: list[str]
    products: list[int]  # by index

    @property
    def are_all(self) -> bool:
        return len(self.users) < MOST and len(self.products) < MOST


@dataclass(frozen=True)
class Search:
    """What can be searched for in a model."""

    recommender: Recommender

    def find(self, text: str) -> Found:
        """The first MOST customers and products; nothing for an empty text."""
        wanted = plain(text)
        if not wanted:
            return Found([], [])
        users = list(islice(self._users(wanted), MOST))
        return Found(users, list(islice(self._products(wanted), MOST)))

    def _users(self, wanted: str) -> Iterator[str]:
        """The one with this id first, then those with it in their id."""
        users = self.recommender.release.users
        if users.find(wanted) is not None:
            yield wanted
        piece, at = wanted.encode(), -1
        content, ends = self._user_ids
        while (at := content.find(piece, at + 1)) >= 0:
            place = int(np.searchsorted(ends, at, side="right"))
            text = users.text(place)
            if at + len(piece) <= ends[place] and text != wanted:
                yield text
            at = int(ends[place]) - 1  # each once

    @cached_property
    def _user_ids(self) -> tuple[bytes, np.ndarray]:
        users = self.recommender.release.users
        return users.content.tobytes(), np.asarray(users.ends)

    def _products(self, wanted: str) -> Iterator[int]:
        """The one with this id first, then those that have all words."""
        exact = self.recommender.catalogue.index.get(wanted)
        if exact is not None:
            yield exact
        words = folded(wanted).split()
        for item, text in enumerate(self._product_texts):
            if item != exact and all(word in text for word in words):
                yield item

    @cached_property
    def _product_texts(self) -> list[str]:
        texts = self.recommender.release.texts
        rows = zip(texts["item_ids"], texts["names"], texts["brands"], strict=True)
        return [folded(" ".join(row)) for row in rows]


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    letters = (letter for letter in apart if not unicodedata.combining(letter))
    return "".join(letters).translate(OTHER_LETTERS)
