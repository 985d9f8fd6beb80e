"""What is answered: the lists that are served, beside one another."""

import pytest

from ops.look.answers import Asked, Desk
from recsys.program.errors import DataError
from recsys.serving.recommender import Wish
from recsys.serving.why import why
from tests.recsys.serving import worlds
from tests.worlds import complains


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    first = worlds.recommender(tmp_path_factory.mktemp("first"))
    other = worlds.recommender(tmp_path_factory.mktemp("other"), popularity=9.0)
    return Desk(first, other)


def test_a_customer_with_what_they_bought_and_get_by_both_models(desk: Desk) -> None:
    person = desk.answer(Asked(user="u0")).person
    assert person and person.is_known and person.why is None
    assert [(one.name or one.product_id, one.note) for one in person.bought] == [
        ("Kem số 2", "liked, the metrics do not know it"),
        ("Kem số 4", "liked"),
        ("Kem số 6", "liked"),
        ("p8", "liked"),
    ]
    for shown, model in zip(person.lists, desk.models, strict=True):
        items = model.recommend("u0", Wish(k=10)).items
        assert [one.product_id for one in shown.places] == [
            item.product_id for item in items
        ]
        assert shown.places[0].parts == items[0].parts
    first, *_ = person.lists[0].places
    (rank,) = [
        one.rank for one in person.lists[1].places if one.product_id == first.product_id
    ]
    assert first.note == f"{rank} in the other list"


def test_what_was_disliked_is_said(desk: Desk) -> None:
    person = desk.answer(Asked(user="u1")).person
    assert person
    assert person.bought[0].note == "disliked"


def test_why_a_product_is_in_the_list(desk: Desk) -> None:
    person = desk.answer(Asked(user="u0", product="p0")).person
    assert person and person.why == why(desk.model, "u0", "p0")


def test_who_is_not_known_gets_what_new_users_get(desk: Desk) -> None:
    person = desk.answer(Asked(user="nobody")).person
    assert person and not person.is_known and person.bought == []
    assert person.lists[0].how == "fallback to popularity"


def test_a_product_and_what_is_like_it(desk: Desk) -> None:
    thing = desk.answer(Asked(product="p2")).thing
    assert thing and (thing.product.name, thing.brand) == ("Kem số 2", "Rosa")
    assert len(thing.lists) == 2
    with complains(DataError, "'p99' is not in the model"):
        desk.answer(Asked(product="p99"))


def test_a_search_and_nothing(desk: Desk) -> None:
    answer = desk.answer(Asked(find="p3"))
    assert answer.found and [one.name for one in answer.products] == ["Kem số 3"]
    empty = desk.answer(Asked())
    assert empty.found is None and empty.person is None


def test_without_a_model_beside_it_there_is_one_list(desk: Desk) -> None:
    person = Desk(desk.model, None).answer(Asked(user="u0")).person
    assert person and [len(person.lists), person.lists[0].places[0].note] == [1, ""]
