"""Ratings of a scale of their own as stars; what is beyond the scale is no star."""

import pytest

from recsys.source.own_scale import as_stars


@pytest.mark.parametrize(
    ("ends", "text", "stars"),
    [
        ((1, 10), "10", "5"),
        ((1, 10), "1", "1"),
        ((1, 10), "3", "1.888889"),
        ((1, 10), "0", "0"),  # not given
        ((0, 10), "0", "1"),
        ((20, 100), "3", "0.15"),  # beyond, though it is one of 1 to 5
        ((1, 10), "11", "5.444444"),
        ((-1, 1), "-1", "1"),
        ((1, 10), "good", "good"),
        ((1, 10), "", ""),
        ((1, 10), "1e1", "1e1"),
    ],
)
def test_ratings_become_stars_and_others_stay(
    ends: tuple[float, float], text: str, stars: str
) -> None:
    assert as_stars(text, ends) == stars
