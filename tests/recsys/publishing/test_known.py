"""What is known of the users of a release beside what training was told."""

from pathlib import Path

import polars as pl
import pytest

from recsys.files.tables import write_table
from recsys.models import model_folder
from recsys.publishing import contents
from recsys.publishing.known import NEVER, known_of
from recsys.serving import release
from tests.recsys.serving import worlds


def test_who_was_not_told_whole_and_until_when(tmp_path: Path) -> None:
    worlds.save_model(tmp_path / "model")
    factors = model_folder.load(tmp_path / "model").factors
    events = worlds.events()
    found = known_of(events, [*factors.user_ids, "new"], factors, 4.0)
    held = events.filter(pl.col("part") == "test")["timestamp"].to_physical()
    assert found.untold.tolist() == [*held, *[NEVER] * 12]
    assert found.later.sum() == 1 and found.later.nnz == found.liked.nnz


@pytest.mark.parametrize("stars", [5.0, 1.0])
def test_on_both_sides_of_a_cut_in_time_the_latest_counts(
    tmp_path: Path, stars: float
) -> None:
    worlds.save_model(tmp_path / "model")
    sources = worlds.sources(tmp_path)
    is_it = (pl.col("user_id") == "u0") & (pl.col("product_id") == "p4")
    again = (
        worlds.events()
        .filter(is_it)
        .with_columns(rating=pl.lit(stars), part=pl.lit("unused"))
    )
    both = pl.concat([worlds.events(), again]).sort(
        "user_id", "product_id", maintain_order=True
    )
    write_table(both, sources.events)
    model = model_folder.load(tmp_path / "model")
    found = release.in_memory(*contents.contents(model, sources))
    liked, disliked = ([2, 4, 6, 8], []) if stars > 4 else ([2, 6, 8], [4])
    assert found.items_of("liked", 0).tolist() == liked
    assert found.items_of("disliked", 0).tolist() == disliked
    assert found.later_of(0).tolist() == [2]


def test_what_was_disliked_before_the_cut_and_liked_after_it_is_news(
    tmp_path: Path,
) -> None:
    worlds.save_model(tmp_path / "model")
    sources = worlds.sources(tmp_path)
    is_it = (pl.col("user_id") == "u1") & (pl.col("product_id") == "p0")
    disliked = worlds.events().filter(is_it)
    liked = disliked.with_columns(rating=pl.lit(5.0), part=pl.lit("unused"))
    both = pl.concat([worlds.events(), liked]).sort(
        "user_id", "product_id", maintain_order=True
    )
    write_table(both, sources.events)
    model = model_folder.load(tmp_path / "model")
    found = release.in_memory(*contents.contents(model, sources))
    assert disliked["rating"].to_list() == [1.0]
    assert found.later_of(1).tolist() == [0]
