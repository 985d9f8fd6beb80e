"""Which products of a release are new, and what its users like in one matrix."""

from pathlib import Path

import numpy as np

from recsys.serving.kept_places import kept_places, stacked
from tests.recsys.serving import worlds


def test_the_places_are_those_of_the_release(tmp_path: Path) -> None:
    shop = worlds.with_new_items(tmp_path, 9, 0, 2, 4)
    kept = kept_places(shop.release)
    assert kept.count == shop.release.about.new_item_places == 9
    assert np.flatnonzero(kept.is_new).tolist() == [2, 4]


def test_likes_are_stacked_in_order() -> None:
    likes = [np.array([3, 1], np.int32), np.zeros(0, np.int32), np.array([0], np.int32)]
    assert stacked(likes, 4).toarray().tolist() == [
        [0, 1, 0, 1],
        [0, 0, 0, 0],
        [1, 0, 0, 0],
    ]
