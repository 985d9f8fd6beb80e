"""Alternating least squares for implicit feedback by Apache Spark (Hu, Koren and Volinsky, 2008;
pyspark.ml.recommendation.ALS), as a model that is trained on as any other.

What is minimised is recsys/als/objective.py without features, with another penalty: regularization
times the number of the row's positives (Zhou, Wilkinson, Schreiber and Pan, 2008: ALS-WR). With
`texts` the items are drawn to their texts after it (recsys/spark/als_texts.py).

Spark is given a file that it reads in one part, sorted: in which order it adds up a row would else
hang on who has read what. So the bytes are a function of the data, the settings, the seed and the
number of blocks, whatever the workers, with one block or two. Of more blocks Spark adds up the Gram
matrices in the order in which tasks end: then the last digits differ from run to run.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import compute, parquet

from recsys.als.params import Params
from recsys.dataset.interactions import Interactions
from recsys.dataset.sparse import item_counts
from recsys.models.checkpoints import Part
from recsys.models.fold_in import CountedLeastSquares
from recsys.models.model import Trained
from recsys.models.ridge_map import rows_from_texts
from recsys.models.warm_start import FactorPair, Start
from recsys.program.errors import ConfigError
from recsys.spark.als_texts import ROUNDS, drawn_to_texts, loss_of, with_texts
from recsys.spark.ratings import Ratings, dislike_weight, ratings, settings_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RATINGS = "ratings.parquet"
CHECKPOINTS = "checkpoints"
EXACT_BLOCKS = 2  # a + b is b + a, and of more numbers the sum hangs on their order
USER, ITEM, RATING = "user", "item", "rating"

FitBySpark = Callable[[], FactorPair]


class Cluster(NamedTuple):
    """Where Spark fits: its workers must see the folder."""

    session: "SparkSession"
    blocks: int  # of users, and of items
    folder: Path


class LastFit:
    """What Spark has made last. Settings that differ in `texts` alone share it: what comes after
    Spark takes a hundredth of its time.
    """

    def __init__(self) -> None:
        self._of: tuple[Interactions, Params] | None = None
        self._made: FactorPair | None = None

    def factors(
        self, known: Interactions, params: Params, fit: FitBySpark
    ) -> FactorPair:
        """What `fit` gives, which is called if other interactions, or other settings, came last."""
        own = _without_texts(params)
        if self._made is None or self._of is None or not _is(self._of, known, own):
            self._of = self._made = None  # not two at once
            self._made = fit()
            self._of = known, own
        return self._made


def _is(of: tuple[Interactions, Params], known: Interactions, params: Params) -> bool:
    return of[0] is known and of[1] == params


def _without_texts(params: Params) -> Params:
    """All of the params that Spark's fit may hang on."""
    plain = settings_of(params).model_copy(update={"texts": 0.0, "texts_floor": 0.0})
    return params.model_copy(update={"spark": plain})


@dataclass(frozen=True)
class SparkFit:
    """ALS by Spark with its settings (recsys/models/model.py: Fit)."""

    params: Params
    vectors: np.ndarray  # (items, d) float32, the items' embeddings
    cluster: Cluster
    last: LastFit = field(default_factory=LastFit)

    def fit(
        self, known: Interactions, start: Start | None = None, part: Part = Part.ALL
    ) -> Trained:
        """The fit on these interactions; rows without positives are 0. The curve has the loss per
        cell at the end.

        ConfigError for a start, for a confidence of 1 or less, and if the factors grow beyond
        float32; Spark's own faults as recsys/spark/session.py has them.
        """
        del part  # a fit that was killed begins anew
        if start is not None:
            raise ConfigError("a fit by Spark cannot begin at a model")
        settings, told = settings_of(self.params), ratings(known, self.params)
        by_spark = partial(factors, told, self.params, self.cluster)
        X, Y = self._finite(self.last.factors(known, self.params, by_spark))
        task, done = told.problem(settings.regularization), settings.iterations
        texts = with_texts(task, self.vectors, settings)
        if texts is not None:
            task, done = texts, done + ROUNDS
            _, Y = self._finite(drawn_to_texts(task, self.params, X, Y))
            X = self.new_user()(Y, known.confidence, known.dislikes)
        return Trained(X, Y, [{"iteration": done, "loss": loss_of(task, X, Y)}])

    def _finite(self, pair: FactorPair) -> FactorPair:
        """The same. ConfigError if a number in it is infinite or none."""
        if all(np.isfinite(rows).all() for rows in pair):
            return pair
        settings = settings_of(self.params)
        raise ConfigError(
            f"params.yaml: train_als.spark: the factors grew beyond bounds at alpha "
            f"{settings.alpha:g}, regularization {settings.regularization:g}; lower the first"
        )

    def predict_rows(self, item_factors: np.ndarray, known: Interactions) -> np.ndarray:
        """The ridge map of the warm items, (items, f) float32."""
        counts = item_counts(known.binary)
        return rows_from_texts(self.vectors, item_factors, counts, bias=False)

    def new_user(self, _start: Start | None = None, /) -> CountedLeastSquares:
        """The user's own part of the objective: what the last step of the fit is for each of its
        users.
        """
        settings = settings_of(self.params)
        return CountedLeastSquares(
            settings.alpha, settings.regularization, dislike_weight(self.params)
        )


def factors(told: Ratings, params: Params, cluster: Cluster) -> FactorPair:
    """User factors (users, f) and item factors (items, f) float32, 0 where there is no rating."""
    from pyspark.ml.recommendation import ALS

    settings = settings_of(params)
    users, items = told.matrix.shape
    if not told.matrix.nnz:
        return _rows(None, users, settings.factors), _rows(
            None, items, settings.factors
        )
    solver = ALS(
        rank=settings.factors,
        maxIter=settings.iterations,
        regParam=settings.regularization,
        implicitPrefs=True,
        alpha=1.0,
        numUserBlocks=cluster.blocks,
        numItemBlocks=cluster.blocks,
        seed=params.seed,
        userCol=USER,
        itemCol=ITEM,
        ratingCol=RATING,
    )
    cluster.session.sparkContext.setCheckpointDir(str(cluster.folder / CHECKPOINTS))
    model = solver.fit(_read(told, cluster))
    made = (
        _rows(model.userFactors.toArrow(), users, settings.factors),
        _rows(model.itemFactors.toArrow(), items, settings.factors),
    )
    cluster.session.catalog.clearCache()
    return made


def _read(told: Ratings, cluster: Cluster) -> "DataFrame":
    """The ratings as Spark reads them: one part, by user and item."""
    columns = [told.users, told.matrix.indices.astype(np.int32), told.matrix.data]
    path = cluster.folder / RATINGS
    parquet.write_table(pa.table(columns, names=[USER, ITEM, RATING]), path)
    frame = cluster.session.read.parquet(str(path))
    return frame.coalesce(1).sortWithinPartitions(USER, ITEM)


def _rows(found: pa.Table | None, count: int, width: int) -> np.ndarray:
    """Factors (count, width) float32 by index, of Spark's table of ids and features."""
    rows = np.zeros((count, width), np.float32)
    if found is not None:
        values = compute.list_flatten(found["features"]).to_numpy()
        rows[found["id"].to_numpy()] = values.reshape(-1, width)
    return rows
