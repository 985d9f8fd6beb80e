"""ALS by Spark: what it minimises, and who is folded in where."""

from collections.abc import Iterator

import numpy as np
import pytest

from recsys.als import objective
from recsys.models.fold_in import CountedLeastSquares
from recsys.models.warm_start import Start
from recsys.program.errors import ConfigError
from recsys.spark import als
from recsys.spark.als import Cluster, SparkFit
from recsys.spark.ratings import ratings
from tests.recsys.als.worlds import textbook_rows
from tests.recsys.spark.engines import needs_spark, one_at_a_time
from tests.recsys.spark.fits import NO_CLUSTER, cluster, known, params
from tests.worlds import complains

NO_TEXTS = np.zeros((24, 2), np.float32)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("spark"), master="local[2]", blocks=2) as one:
        yield one


@needs_spark
@one_at_a_time
def test_the_last_step_solves_each_user_by_our_equation(spark: Cluster) -> None:
    section, shop = params(), known()
    found = SparkFit(section, NO_TEXTS, spark).fit(shop)
    X, Y = found.user_factors, found.item_factors
    assert (X.dtype, X.shape, Y.shape) == (np.float32, (60, 4), (24, 4))
    assert not X[7:9].any() and not Y[5:7].any()  # nothing is liked there
    task = ratings(shop, section).problem(2.0)
    rows = textbook_rows(
        *(task.entries.toarray(), Y.astype(float), task.user_penalty + 1e-12),
        np.zeros((60, 4)),
    )
    assert pytest.approx(rows, abs=1e-5) == X
    assert found.curve == [{"iteration": 5, "loss": objective.loss(task, X, Y)}]


@needs_spark
@one_at_a_time
def test_a_user_is_folded_in_to_where_spark_puts_him(spark: Cluster) -> None:
    shop = known()
    for section in (params(), params({"dislike_weight": 0.1}), params(dislikes="drop")):
        fit = SparkFit(section, NO_TEXTS, spark)
        found = fit.fit(shop)
        rule = fit.new_user()
        folded = rule(found.item_factors, shop.confidence, shop.dislikes)
        assert folded == pytest.approx(found.user_factors, abs=1e-5)
    assert rule == CountedLeastSquares(3.0, 2.0, 0.0)


@needs_spark
@one_at_a_time
def test_more_iterations_lower_the_loss(spark: Cluster) -> None:
    losses = [
        SparkFit(params({"iterations": count}), NO_TEXTS, spark)
        .fit(known())
        .curve[-1]["loss"]
        for count in (1, 12)
    ]
    assert losses[1] < losses[0]


@needs_spark
@one_at_a_time
def test_more_blocks_than_rows_and_no_rows_at_all(spark: Cluster) -> None:
    many = spark._replace(blocks=30)
    assert SparkFit(params(), NO_TEXTS, many).fit(known()).item_factors.any()
    shop = known().without(known().binary)
    found = SparkFit(params(), NO_TEXTS, spark).fit(shop)
    assert not found.user_factors.any() and found.item_factors.shape == (24, 4)


def test_factors_beyond_float32_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    far = np.full((60, 4), np.inf, np.float32)
    monkeypatch.setattr(als, "factors", lambda *_: (far, far[:24]))
    with complains(ConfigError, "train_als.spark: the factors grew", "lower the first"):
        SparkFit(params(), NO_TEXTS, NO_CLUSTER).fit(known())


def test_it_begins_at_no_model() -> None:
    start = Start((np.zeros((60, 4), np.float32), np.zeros((24, 4), np.float32)))
    with pytest.raises(ConfigError, match="cannot begin at a model"):
        SparkFit(params(), NO_TEXTS, NO_CLUSTER).fit(known(), start)


def test_rows_of_cold_items_are_those_of_the_ridge_map() -> None:
    """A text that says all gives an item without positives its like's row."""
    vectors = np.repeat(np.eye(2, dtype=np.float32), 12, axis=0)
    rows = np.repeat(np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32), 12, axis=0)
    shop = known()
    rows[5:7] = 0
    predicted = SparkFit(params(), vectors, NO_CLUSTER).predict_rows(rows, shop)
    assert predicted[5] == pytest.approx([1, 0, 0, 0], abs=0.01)
