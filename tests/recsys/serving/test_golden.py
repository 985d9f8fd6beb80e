"""Golden queries: the same for the same release, others for another, with and without filters."""

from pathlib import Path

from recsys.serving.golden import NOBODY, digest, golden
from recsys.serving.recommender import Wish
from tests.recsys.serving import worlds


def test_they_are_the_lists_of_sampled_users_and_of_nobody(tmp_path: Path) -> None:
    recommender = worlds.recommender(tmp_path)
    queries = golden(recommender)
    assert sorted({query.user for query in queries}) == sorted(
        ["u0", "u3", "u6", "u9", "cold", NOBODY]
    )
    asked = [query.query for query in queries[:4]]
    assert asked == [
        {"k": 10},
        {"k": 10, "exclude": ["p0"]},
        {"k": 10, "brand": "Lan"},
        {"k": 10, "type": "cream"},
    ]
    for query in queries:
        wish = Wish(
            10,
            query.query.get("exclude", ()),
            query.query.get("brand"),
            query.query.get("type"),
        )
        items = recommender.recommend(query.user, wish).items
        assert query.products == [item.product_id for item in items]


def test_a_digest_tells_models_apart_and_what_is_hidden(tmp_path: Path) -> None:
    first = worlds.recommender(tmp_path)
    again = worlds.recommender(tmp_path)
    other = worlds.recommender(tmp_path, popularity=9.0)
    assert digest(first) == digest(again) != digest(other)
    again.catalogue.hide(["p4"])
    assert digest(again) != digest(first)
