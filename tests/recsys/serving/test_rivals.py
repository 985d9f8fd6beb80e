"""What is worked out once for all rivals is what each would work out alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.ranking import hybrid
from recsys.ranking.weights import ONLY_FACTORS, Weights
from recsys.serving import rivals
from recsys.serving.parts import Kind
from recsys.serving.release import Release
from recsys.serving.rivals import Scores, items_of, on_today
from tests.recsys.serving.test_judged import (
    ITEM_IDS,
    USERS,
    history,
    released,
    today,
)


def weighing(release: Release, weights: Weights, name: str) -> Release:
    """The same release under another id, with other weights."""
    about = release.about.model_copy(
        update={"model_id": name, "weights": weights.model_dump()}
    )
    return replace(release, about=about)


@pytest.mark.parametrize("are_held", [True, False])
def test_each_score_is_that_of_the_rival_alone(
    tmp_path: Path, are_held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not are_held:  # as of too many items
        monkeypatch.setattr(rivals, "likeness", lambda _: None)
    liked, test = history()
    one, two = released(tmp_path, liked), released(tmp_path, liked, seed=2)
    vectors = np.roll(one.arrays["content"], 1, axis=0)
    other = replace(two, arrays={**two.arrays, "content": vectors})
    given = [
        weighing(one, Weights(content=0.5, popularity=0.25, neighbours=0), "a"),
        weighing(two, Weights(content=0, popularity=0, neighbours=2, memory=1), "b"),
        weighing(other, Weights(content=1, popularity=0, neighbours=0.5), "c"),
        weighing(two, ONLY_FACTORS, "d"),
    ]
    index = items_of(one, ITEM_IDS)
    shop = today(liked, test)
    found = on_today(given, shop, [index] * len(given))
    assert found[0].beside is found[1].beside
    assert found[0].beside is not found[2].beside
    batch = np.array([3, 0, 39])
    scores = Scores(found, np.arange(USERS))(batch)
    assert list(scores) == ["a", "b", "c", "d"]
    for release in given:
        rows, items = release.arrays["user_factors"], release.arrays["item_factors"]
        alone = hybrid.scorer(
            *(
                lambda users, rows=rows, items=items: rows[users] @ items.T,
                shop.known.aged,
            ),
            *(release.arrays["content"], release.weights),
        )
        assert np.allclose(scores[release.model_id], alone(batch), atol=1e-5)


def test_who_was_trained_is_judged_so_whatever_is_served_since(tmp_path: Path) -> None:
    """A user who has rated down all that she liked is served what is popular."""
    liked, test = history()
    one = released(tmp_path, liked)
    kinds = one.arrays["user_kinds"].copy()
    kinds[:5] = Kind.POPULAR
    since = replace(one, arrays={**one.arrays, "user_kinds": kinds})
    index, shop = items_of(one, ITEM_IDS), today(liked, test)
    scores = [
        on_today([release], shop, [index])[0].as_it_is(None)(np.arange(9))
        for release in (one, since)
    ]
    assert np.array_equal(*scores)
