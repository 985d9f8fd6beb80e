"""The stage train_als with Spark writes a model as any other; what Spark cannot is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.dataset.embeddings import load_embeddings
from recsys.dataset.folder import read_ids
from recsys.models import fold_rows, learned, manifest
from recsys.models.evaluated import read_model
from recsys.models.fold_in import CountedLeastSquares
from recsys.program.errors import ConfigError
from recsys.spark.als_training import PRESETS, check, one_part, presets
from stages import train_als, train_bpr
from tests.recsys.als.test_presets import shop as shop_for_presets
from tests.recsys.spark.engines import SECTION, asked, needs_spark, one_at_a_time
from tests.recsys.spark.fits import SETTINGS, params
from tests.stages.test_train_als import SMALL, shop_of
from tests.worlds import Shop, complains, even_odd, one_blas_thread, snapshot


def run(shop: Shop, **engine: Any) -> Path:
    section = {"spark": SETTINGS, **SMALL, "search": "presets", "cold_start": "ridge"}
    shop.configure(train_als=section, engine=SECTION | engine)
    out = shop.folder / "models/als"
    with one_blas_thread():
        train_als.main(
            shop.processed, shop.embeddings, shop.folder / "mlruns", out, shop.params
        )
    return out


@needs_spark
@one_at_a_time
def test_the_model_is_one_as_any_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = shop_of(tmp_path, even_odd())
    with caplog.at_level("INFO"):
        out = run(shop, master="local[1]")
    assert "ALS by Spark on local[1]: 48 positives and 0 dislikes" in caplog.text
    assert snapshot(out).keys() == {*manifest.FILES, fold_rows.FILE, learned.FILE}
    ids = read_ids(shop.processed)
    embedded = load_embeddings(shop.embeddings, ids.items)
    model = read_model(out, ids, embedded, shop.embeddings)
    scores = model.factors.score(np.array([0, 1]))
    assert scores[0, ::2].min() > scores[0, 1::2].max()
    assert scores[1, 1::2].min() > scores[1, ::2].max()
    told = manifest.read_checked(out)
    assert told.params["spark"] == SETTINGS
    search = told.notes.search
    assert search and {one.name for one in search.settings} == {"params.yaml", *PRESETS}
    taken = SETTINGS | search.changes.get("spark", {})
    assert model.factors.new_user == CountedLeastSquares(
        taken["alpha"], taken["regularization"], taken["dislike_weight"]
    )
    rows = fold_rows.read(out, 12, 10)
    assert rows is not None and rows.item_factors.shape == (10, taken["factors"])


def test_with_the_local_engine_it_leaves_no_trace(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, even_odd())
    shop.configure(train_als=SMALL)
    out = shop.folder / "models/als"
    with one_blas_thread():
        train_als.main(
            shop.processed, shop.embeddings, shop.folder / "mlruns", out, shop.params
        )
    assert "spark" not in manifest.read(out).params
    assert manifest.read(out).new_user["rule"] == "least_squares"


def test_without_pyspark_the_stage_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys.spark.session.spark_version", lambda: "")
    with complains(ConfigError, "needs pyspark", "engine.name: local"):
        run(shop_of(tmp_path, even_odd()))


def test_what_it_cannot_is_refused() -> None:
    with complains(
        ConfigError, "train_als.warm_start: als-0123456789ab", "engine.name to local"
    ):
        check(params(warm_start="als-0123456789ab"))
    with complains(ConfigError, "train_als.cold_start: features", "take ridge or off"):
        check(params(cold_start="features", feature_prior=True))
    with complains(ConfigError, "train_als.spark is missing"):
        check(params().of_one_machine())
    check(params())


def test_presets_change_some_keys() -> None:
    found = presets(params(), shop_for_presets(1, texts=True))
    assert found["light"] == {"spark": SETTINGS | PRESETS["light"]}


def test_settings_that_share_a_fit_by_spark_stand_side_by_side() -> None:
    """Only the last fit is kept."""
    every: list[dict[str, float]] = [{}, *PRESETS.values()]
    fits = [{key: one[key] for key in one if "texts" not in key} for one in every]
    begun = [fit for at, fit in enumerate(fits) if not at or fit != fits[at - 1]]
    assert all(begun.count(fit) == 1 for fit in begun)
    assert len(begun) < len(fits)


def test_texts_are_tried_only_where_products_have_some() -> None:
    with_texts, without = (
        set(presets(params(), shop_for_presets(1, texts=has))) for has in (True, False)
    )
    assert with_texts == set(PRESETS)
    assert with_texts - without == {"texts", "light texts", "small", "wide"}


def test_shuffles_that_als_does_not_size_have_one_part() -> None:
    engine = asked(partitions=7, blocks=4)
    assert (one_part(engine).partitions, one_part(engine).blocks) == (1, 4)


def test_bpr_says_that_it_stays_here(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop = shop_of(tmp_path, even_odd())
    with caplog.at_level("INFO"):
        train_bpr.say_where(shop.params)
        assert caplog.text == ""
        shop.configure(engine=SECTION)
        train_bpr.say_where(shop.params)
    assert "BPR is fitted on this machine all the same" in caplog.text
