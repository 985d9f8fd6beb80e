"""A release of any size is one that the service takes."""

from pathlib import Path

from bench.speed import made_release
from recsys.serving import pointer, release
from recsys.serving.recommender import Recommender


def test_a_made_release_answers(tmp_path: Path) -> None:
    model_id = made_release.publish(tmp_path, users=7, items=60, factors=8)
    assert pointer.current(tmp_path) == model_id
    shop = Recommender(release.load(tmp_path, model_id))
    answer = shop.recommend("6")
    assert (answer.how, len(answer.items)) == ("trained", 10)
    assert len(shop.bought_by("6")) == 2
