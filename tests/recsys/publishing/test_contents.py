"""What a release is made of: users, kinds, and what each likes."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from recsys.dataset.embeddings import load_embeddings
from recsys.files.tables import read_table, write_table
from recsys.models import model_folder
from recsys.models.fold_in import FoldIn
from recsys.models.pairwise_fold import Pairwise
from recsys.program.errors import DataError
from recsys.publishing import contents
from recsys.publishing.known import known_of
from recsys.publishing.refit import refitted
from recsys.serving import release
from recsys.serving.as_trained import as_trained
from recsys.serving.parts import Kind
from recsys.serving.recommender import Recommender, Wish
from tests.recsys.models import worlds as models
from tests.recsys.publishing import worlds as fitted
from tests.recsys.serving import worlds
from tests.worlds import complains, even_odd, one_blas_thread

OTHERS = ["cold", "new", "sad"]  # whom the model was not trained on


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


def test_a_trained_user_who_likes_nothing_any_more_gets_what_is_popular(
    tmp_path: Path,
) -> None:
    """Under a cut in time all that u3 liked may be rated down after it."""
    model = fitted.save(tmp_path / "als", "als")
    sources = worlds.sources(tmp_path)
    since = (
        worlds.events()
        .filter(user_id="u3")
        .with_columns(rating=pl.lit(1.0), part=pl.lit("test"))
    )
    both = pl.concat([worlds.events(), since])
    both = both.sort("user_id", "product_id", maintain_order=True)
    write_table(both, sources.events)
    about, arrays = contents.contents(model, sources)
    assert arrays["user_kinds"].tolist()[:12] == [0] * 3 + [Kind.POPULAR] + [0] * 8
    assert not (arrays["user_factors"][:, :-1][3]).any()
    found = Recommender(release.in_memory(about, arrays)).recommend("u3", Wish(k=3))
    top = np.argsort(-arrays["popularity"], kind="stable")
    seen = set(since["product_id"])
    popular = [f"p{item}" for item in top if f"p{item}" not in seen]
    assert [one.product_id for one in found.items] == popular[:3]


def test_trained_users_are_served_by_their_latest_purchase_too(tmp_path: Path) -> None:
    """It is the test: training and the gate do not know it."""
    about, arrays = build(tmp_path)
    found = release.in_memory(about, arrays)
    likes = worlds.rows_of(found, "liked", slice(0, 1))
    assert likes.indices.tolist() == [2, 4, 6, 8]
    assert found.ages[:4].tolist() == [4, 3, 2, 1]
    own, none = arrays["trained_factors"], csr_matrix((1, 10), dtype=np.float32)
    expected = worlds.RULE(worlds.ROWS, likes, none)
    assert arrays["user_factors"][:1] == pytest.approx(expected, abs=1e-6)
    assert np.abs(arrays["user_factors"][0] - own[0]).max() > 1e-3
    assert np.array_equal(arrays["user_factors"][1:12], own[1:])  # nothing is new
    assert arrays["user_kinds"][0] == Kind.TRAINED
    assert arrays["liked_later"].nonzero()[0].tolist() == [0]


def test_of_a_rule_of_many_steps_those_who_bought_last_are_folded_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps = Pairwise(0.1, 0.01, 5)
    worlds.save_model(tmp_path / "model", rule=steps)
    sources = worlds.sources(tmp_path)
    held = [("u1", "p1", 3), ("u2", "p2", 1), ("u3", "p3", 2)]  # and the day of 2030
    rows = [
        (
            user,
            product,
            5.0,
            "test",
            5.5,
            datetime(2030, 1, day, tzinfo=UTC).replace(tzinfo=None),
        )
        for user, product, day in held
    ]
    schema = worlds.events().schema
    more = pl.DataFrame(rows, schema=schema, orient="row")
    write_table(pl.concat([worlds.events(), more]), sources.events)
    monkeypatch.setattr(contents, "STEPPED_CELLS", 2 * 10)
    with caplog.at_level("INFO"):
        _, arrays = contents.contents(model_folder.load(tmp_path / "model"), sources)
    own, served = arrays["trained_factors"], arrays["user_factors"][:12]
    assert np.flatnonzero((own != served).any(axis=1)).tolist() == [1, 3]
    assert "2 of 4 users" in caplog.text
    worlds.save_model(tmp_path / "als")  # an equation is quick
    _, arrays = contents.contents(model_folder.load(tmp_path / "als"), sources)
    changed = (arrays["trained_factors"] != arrays["user_factors"][:12]).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", ["als", "bpr"])
def test_a_model_is_fitted_again_to_what_training_was_not_told_of(
    kind: str, tmp_path: Path
) -> None:
    model, sources = fitted.save(tmp_path / "model", kind), worlds.sources(tmp_path)
    with one_blas_thread():
        about, arrays = contents.contents(model, sources)
        user_ids = [*fitted.USER_IDS, *OTHERS]
        events = read_table(sources.events, contents.COLUMNS)
        known = known_of(events, user_ids, model.factors, sources.threshold)
        vectors = load_embeddings(sources.embeddings, fitted.ITEM_IDS).vectors
        again = refitted(model, known.of_first(12), vectors, ())
        assert again is not None
        folded = again.fold_in(known.liked[13:14], known.disliked[13:14])
    assert np.array_equal(arrays["item_factors"], again.item_factors)
    assert np.array_equal(arrays["user_factors"][:12], again.user_factors)
    assert arrays["user_factors"][13:14] == pytest.approx(folded, abs=1e-6)
    assert np.array_equal(arrays["trained_items"], model.factors.item_factors)
    assert np.array_equal(arrays["trained_factors"], model.factors.user_factors)
    assert not np.array_equal(arrays["trained_items"], arrays["item_factors"])
    assert release.in_memory(about, arrays).model_id == model.manifest.model_id


def test_where_training_was_told_of_all_nothing_is_fitted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, sources = fitted.save(tmp_path / "model", "als"), worlds.sources(tmp_path)
    told = worlds.events().with_columns(part=pl.lit("train"))
    write_table(told, sources.events)
    monkeypatch.setattr(contents, "refitted", None)
    _, arrays = contents.contents(model, sources)
    assert np.array_equal(arrays["item_factors"], model.factors.item_factors)
    assert np.array_equal(arrays["user_factors"][:12], model.factors.user_factors)


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


def test_popular_is_what_all_users_like(tmp_path: Path) -> None:
    """The test positive, and what users like who were not trained on, too."""
    about, arrays = build(tmp_path)
    counts = even_odd(12, 10).toarray().astype(bool).sum(axis=0)
    trained = counts.copy()
    trained[2] -= 1
    counts[[1, 9]] += 1
    assert np.array_equal(arrays["popularity"], np.log1p(counts).astype(np.float32))
    own = as_trained(release.in_memory(about, arrays)).arrays["popularity"]
    assert np.array_equal(own, np.log1p(trained).astype(np.float32))


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
