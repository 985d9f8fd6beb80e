"""What a release is without what its users have liked since training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.files.tables import write_table
from recsys.publishing import contents
from recsys.serving import release
from recsys.serving.as_trained import as_trained, rows
from tests.recsys.publishing import worlds as fitted
from tests.recsys.serving import worlds
from tests.worlds import one_blas_thread


def test_what_training_was_not_told_of_is_left_out(tmp_path: Path) -> None:
    made = worlds.recommender(tmp_path).release
    found = as_trained(made)
    assert made.items_of("liked", 0).tolist() == [2, 4, 6, 8]
    assert found.items_of("liked", 0).tolist() == [4, 6, 8]
    for user in range(1, 15):  # of others nothing is held out
        for name in ("liked", "disliked", "seen"):
            mine = made.items_of(name, user).tolist()
            assert found.items_of(name, user).tolist() == mine
    assert (
        len(found.ages)
        == len(found.arrays["liked_confidence"])
        == 3 + len(made.arrays["liked_items"][4:])
    )
    assert found.items_of("seen", 0).tolist() == [2, 4, 6, 8]


def test_factors_are_those_that_were_trained(tmp_path: Path) -> None:
    made = worlds.recommender(tmp_path).release
    served, own = made.arrays["user_factors"], made.arrays["trained_factors"]
    asked = np.array([14, 0, -1, 3])
    assert np.array_equal(rows(made, asked)[[1, 3]], own[[0, 3]])
    assert np.array_equal(rows(made, asked)[0], served[14])
    assert not np.array_equal(own[0], served[0])


@pytest.mark.parametrize("kind", ["als", "bpr"])
def test_nothing_of_what_training_was_not_told_of_is_left(
    kind: str, tmp_path: Path
) -> None:
    """Two shops in which u0 buys something else last: the releases differ, and what is judged does
    not.
    """
    model, found = fitted.save(tmp_path / "model", kind, hybrid=worlds.HYBRID), []
    for item in ("p2", "p3"):
        sources = worlds.sources(tmp_path / item)
        is_test = pl.col("part") == "test"
        bought = pl.when(is_test).then(pl.lit(item)).otherwise(pl.col("product_id"))
        events = worlds.events().with_columns(product_id=bought)
        write_table(events, sources.events)
        with one_blas_thread():
            found.append(release.in_memory(*contents.contents(model, sources)))
    every = np.arange(15)
    one, other = found
    for name in ("item_factors", "user_factors", "popularity", "near_values"):
        assert not np.array_equal(one.arrays[name], other.arrays[name])
        if name != "user_factors":
            own = [as_trained(made).arrays[name] for made in found]
            assert np.array_equal(*own)
    assert np.array_equal(rows(one, every), rows(other, every))
    # those who were not trained on are folded in by the items as they were trained
    factors = rows(one, every)
    liked = worlds.rows_of(one, "liked", slice(13, 14))
    disliked = worlds.rows_of(one, "disliked", slice(13, 14))
    assert np.array_equal(factors[13:14], model.factors.fold_in(liked, disliked))
    assert not np.array_equal(factors[13], one.arrays["user_factors"][13])


def test_a_release_of_before_is_as_it_was(tmp_path: Path) -> None:
    made = worlds.recommender(tmp_path).release
    since = {"liked_later", "trained_factors", "trained_items"}
    kept = {name: one for name, one in made.arrays.items() if name not in since}
    old = replace(made, arrays=kept)
    assert as_trained(old) is old
    assert len(old.later_of(0)) == 0 and made.later_of(0).tolist() == [2]
    asked = np.array([0, 13])
    assert np.array_equal(rows(old, asked), old.arrays["user_factors"][asked])
