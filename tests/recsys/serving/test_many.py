"""Many users at once have the same bits as one by one."""

from pathlib import Path

import numpy as np
import pytest

from recsys.serving import arithmetic, many
from recsys.serving.parts import FewLikes, Scoring
from tests.recsys.serving import worlds

USERS = np.array([3, many.TOGETHER % 15, 0, -1, 14])


def test_rows_of_users_and_none_of_one_who_is_not_there(tmp_path: Path) -> None:
    release = worlds.recommender(tmp_path).release
    found = many.rows_of(release, "liked", USERS)
    assert found.shape == (5, worlds.ITEMS)
    for row, user in enumerate(USERS.tolist()):
        wanted = release.items_of("liked", user).tolist() if user >= 0 else []
        assert found[row].indices.tolist() == wanted
        ages = release.ages[release.row_of("liked", user)] if user >= 0 else []
        assert found[row].data.tolist() == list(ages)
    assert set(found.data.tolist()) > {1}
    assert set(many.rows_of(release, "seen", USERS).data.tolist()) == {1}


@pytest.mark.parametrize("held", [0, 1000])
def test_what_they_like_is_added_up_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    release = worlds.recommender(tmp_path).release
    monkeypatch.setattr(arithmetic, "MOST_HELD", held)
    monkeypatch.setattr(arithmetic, "LARGER", held)
    scoring, users = Scoring(release), np.arange(15)
    few = FewLikes(
        [release.items_of("liked", user) for user in users.tolist()],
        [release.ages[release.row_of("liked", user)] for user in users.tolist()],
    )
    rows = many.rows_of(release, "liked", users)
    likes = many.ManyLikes(rows.indptr, rows.indices, rows.data)
    assert (scoring.dense is None) == (held == 0)
    for name in ("content", "neighbours"):
        one, other = scoring.raw(name, few), scoring.raw(name, likes)
        assert one.any()
        assert one.tobytes() == other.tobytes()
