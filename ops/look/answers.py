"""What the page of a look shows: a customer's lists by two models, or what is like a product.

A release has neither comments nor dates: what was bought stands in the order of the products.
"""

from dataclasses import dataclass

from ops.look.find import Found, Search
from recsys.serving.recommender import NOBODY, Item, KeptPlace, Recommender, Wish
from recsys.serving.why import Why, why

K = 10  # products of a list
MOST_BOUGHT = 50
LONGEST = 1000  # characters of what is asked for


@dataclass(frozen=True)
class Asked:
    """What somebody asks for: one of these, or nothing."""

    find: str = ""
    user: str = ""
    product: str = ""  # with a user: why it is in their list


@dataclass(frozen=True)
class Product:
    """A product by its id and name, and what is to be said of it beside a user."""

    product_id: str
    name: str
    note: str = ""


@dataclass(frozen=True)
class Place:
    """A place of a list."""

    rank: int
    product_id: str
    name: str
    score: float
    parts: dict[str, float]
    note: str  # new in this list, or its rank in the other one
    place: str = ""  # kept for new products


@dataclass(frozen=True)
class Shown:
    """A list of a model."""

    model_id: str
    how: str
    places: list[Place]


@dataclass(frozen=True)
class Person:
    """A customer: what they touched, what they get, what they got by the other model."""

    user: str
    is_known: bool
    bought: list[Product]
    more: int  # that are not shown
    lists: list[Shown]
    why: Why | None


@dataclass(frozen=True)
class Thing:
    """A product and what is like it, by each model."""

    product: Product
    brand: str
    type: str
    lists: list[Shown]


@dataclass(frozen=True)
class Answer:
    """All that the page shows."""

    asked: Asked
    found: Found | None = None
    products: tuple[Product, ...] = ()  # of `found`
    person: Person | None = None
    thing: Thing | None = None


class Desk:
    """The model that is looked at, and the one beside it, if there is one."""

    def __init__(self, model: Recommender, beside: Recommender | None) -> None:
        self.models = [model, *([beside] if beside else [])]
        self.search = Search(model)

    @property
    def model(self) -> Recommender:
        return self.models[0]

    def answer(self, asked: Asked) -> Answer:
        """What is asked for. DataError if a product is unknown."""
        if asked.user:
            return Answer(asked, person=self.person(asked.user, asked.product))
        if asked.product:
            return Answer(asked, thing=self.thing(asked.product))
        if not asked.find:
            return Answer(asked)
        found = self.search.find(asked.find)
        return Answer(asked, found, tuple(map(self._product, found.products)))

    def person(self, user: str, product: str = "") -> Person:
        """A customer; with a product, why it is in their list."""
        model = self.model
        row = model.row_of(user)
        bought = [] if row == NOBODY else self._bought(row)
        answers = [one.recommend(user, Wish(k=K)) for one in self.models]
        lists = [(answer.model_id, answer.how, answer.items) for answer in answers]
        return Person(
            user,
            row != NOBODY,
            bought[:MOST_BOUGHT],
            max(0, len(bought) - MOST_BOUGHT),
            beside_one_another(lists),
            why(model, user, product) if product else None,
        )

    def _bought(self, row: int) -> list[Product]:
        release = self.model.release
        liked, later = release.items_of("liked", row).tolist(), release.later_of(row)
        disliked = release.items_of("disliked", row).tolist()
        notes = dict.fromkeys(liked, "liked") | dict.fromkeys(disliked, "disliked")
        notes |= dict.fromkeys(later.tolist(), "liked, the metrics do not know it")
        seen = release.items_of("seen", row).tolist()
        return [
            self._product(item, notes.get(item, "kept for the test")) for item in seen
        ]

    def thing(self, product: str) -> Thing:
        """A product. DataError if the model does not know it; a model beside that does not has no
        list.
        """
        item = self.model.catalogue.item(product)
        texts = self.model.release.texts
        known = [one for one in self.models if product in one.catalogue.index]
        answers = [one.similar(product, Wish(k=K)) for one in known or [self.model]]
        lists = [(answer.model_id, answer.how, answer.items) for answer in answers]
        return Thing(
            self._product(item),
            texts["brands"][item],
            texts["types"][item],
            beside_one_another(lists),
        )

    def _product(self, item: int, note: str = "") -> Product:
        catalogue = self.model.catalogue
        return Product(catalogue.ids[item], catalogue.names[item], note)


def beside_one_another(lists: list[tuple[str, str, list[Item]]]) -> list[Shown]:
    """Lists of (model, how, items) with what each has that the other has not."""
    ranks = [
        {item.product_id: rank for rank, item in enumerate(items, 1)}
        for _, _, items in lists
    ]
    shown = []
    for at, (model_id, how, items) in enumerate(lists):
        others = ranks[:at] + ranks[at + 1 :]
        places = [
            Place(
                rank,
                item.product_id,
                item.name,
                item.score,
                item.parts,
                _note(item.product_id, others),
                item.place if isinstance(item, KeptPlace) else "",
            )
            for rank, item in enumerate(items, 1)
        ]
        shown.append(Shown(model_id, how, places))
    return shown


def _note(product: str, others: list[dict[str, int]]) -> str:
    if not others:
        return ""
    rank = others[0].get(product)
    return f"{rank} in the other list" if rank else "only here"
