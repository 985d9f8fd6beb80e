"""What a release is made of: users, kinds, and what each likes."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recsys.files.tables import write_table
from recsys.models import model_folder
from recsys.models.fold_in import FoldIn
from recsys.models.pairwise_fold import Pairwise
from recsys.program.errors import DataError
from recsys.ranking import hybrid
from recsys.serving import contents
from recsys.serving.parts import Kind
from tests.recsys.models import worlds as models
from tests.recsys.serving import worlds
from tests.worlds import complains, even_odd


def build(
    folder: Path, **model: object
) -> tuple[contents.About, dict[str, np.ndarray]]:
    worlds.save_model(folder / "model", **model)  # type: ignore[arg-type]  # by name
    found = model_folder.load(folder / "model")
    return contents.contents(found, worlds.sources(folder))


def test_each_user_has_a_kind(tmp_path: Path) -> None:
    about, arrays = build(tmp_path)
    kinds = arrays["user_kinds"].tolist()
    assert kinds == [0] * 12 + [Kind.CONTENT, Kind.FOLDED, Kind.POPULAR]
    assert about.trained_users == 12
    assert (arrays["user_factors"][12] == 0).all()  # cold: nothing is known of p9
    assert arrays["user_factors"][13].any()


@pytest.mark.parametrize("rule", [worlds.RULE, Pairwise(0.1, 0.01, 5)])
def test_users_are_folded_in_a_few_at_a_time(
    rule: FoldIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = {"rule": rule}
    whole = build(tmp_path / "whole", **model)[1]
    monkeypatch.setattr(contents, "AT_ONCE", 1)
    found = build(tmp_path / "one", **model)[1]
    assert found["user_factors"] == pytest.approx(whole["user_factors"], abs=1e-6)
    assert np.array_equal(found["user_kinds"], whole["user_kinds"])


def test_the_places_for_new_items_are_those_that_training_has_noted(
    tmp_path: Path,
) -> None:
    assert build(tmp_path)[0].new_item_places == 0
    assert build(tmp_path, places=2)[0].new_item_places == 2


def test_popularity_is_that_of_training(tmp_path: Path) -> None:
    likes = even_odd(12, 10).tolil()
    likes[0, 2] = 0  # the test positive
    expected = hybrid.log_popularity(likes.tocsr())
    assert np.array_equal(build(tmp_path)[1]["popularity"], expected)


def test_a_purchase_without_stars_has_the_median_confidence(tmp_path: Path) -> None:
    assert build(tmp_path)[0].bought_confidence == 5.5


def test_products_that_the_model_does_not_know_are_left_out(tmp_path: Path) -> None:
    worlds.save_model(tmp_path / "model")
    sources = worlds.sources(tmp_path)
    before = contents.contents(model_folder.load(tmp_path / "model"), sources)[1]
    more = pl.DataFrame(
        [
            (
                "u0",
                "p99",
                5.0,
                "train",
                5.5,
                datetime(2030, 1, 1, tzinfo=UTC).replace(tzinfo=None),
            )
        ],
        schema=worlds.events().schema,
        orient="row",
    )
    write_table(pl.concat([worlds.events(), more]), sources.events)
    after = contents.contents(model_folder.load(tmp_path / "model"), sources)[1]
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_model_that_does_not_say_how_it_serves_is_refused(tmp_path: Path) -> None:
    models.save(tmp_path / "plain")
    with complains(DataError, "new users are folded in"):
        contents.contents(
            model_folder.load(tmp_path / "plain"), worlds.sources(tmp_path)
        )
    worlds.save_model(tmp_path / "model")
    models.with_manifest(tmp_path / "model", params={})
    with complains(DataError, "no weights"):
        contents.contents(
            model_folder.load(tmp_path / "model"), worlds.sources(tmp_path)
        )


@pytest.mark.parametrize("name", ["events", "embeddings", "products"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    worlds.save_model(tmp_path / "model")
    sources = worlds.sources(tmp_path)
    getattr(sources, name).unlink()
    with complains(DataError, getattr(sources, name).name, "dvc repro"):
        contents.contents(model_folder.load(tmp_path / "model"), sources)
