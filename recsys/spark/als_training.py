"""Training als by Spark: the setting that fits the shop, the fit, and what comes after a fit, as on
one machine (recsys/als/training.py).
"""

import logging
from pathlib import Path

from recsys.als import training
from recsys.als.params import Params
from recsys.als.presets import Changes
from recsys.als.search import Engine
from recsys.dataset.training_inputs import Inputs
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.model import TrainedModel
from recsys.models.params import OFF
from recsys.program.errors import ConfigError
from recsys.spark import session
from recsys.spark.als import EXACT_BLOCKS, Cluster, LastFit, SparkFit
from recsys.spark.params import Params as EngineParams
from recsys.spark.ratings import ratings, settings_of

log = logging.getLogger(__name__)

# tried beside train_als.spark, where the validation fold judges (recsys/als/search.py). All factors
# become 0 where regularization is more than a usual c, as 5 x alpha is: these keep below. Such that
# differ in texts alone stand side by side, those of the section first: they share a fit by Spark.
PRESETS: dict[str, Changes] = {
    # what is bought together is alike in its texts
    "texts": {"texts": 100.0},
    # less holds each row
    "light": {"regularization": 12.0},
    # the same of a shop whose texts say something, but less
    "light texts": {"regularization": 12.0, "texts": 3.0},
    # much is known of each row: still less holds it, and one entry says less
    "dense": {"alpha": 1.5, "regularization": 0.5},
    # what is known weighs much
    "sure": {"alpha": 40.0, "regularization": 130.0},
    # one or two positives of each of few users: of most items the text says more than they do
    "small": {
        "alpha": 23.0,
        "regularization": 20.0,
        "dislike_weight": 0.54,
        "texts": 1.0,
        "texts_floor": 0.1,
    },
    # the same of many users and items: more factors, and less holds each row
    "wide": {
        "factors": 128,
        "alpha": 40.0,
        "regularization": 10.0,
        "dislike_weight": 0.1,
        "texts": 3.0,
        "texts_floor": 0.1,
    },
}


def train(
    inputs: Inputs,
    params: Params,
    engine: EngineParams,
    checkpoints: TrainingCheckpoints,
    scratch: Path,
) -> TrainedModel:
    """What `recsys.als.training.train` gives, fitted by Spark; `scratch` is a folder that its
    workers see. ConfigError for what only one machine can.
    """
    check(params)
    with session.opened(one_part(engine), "train_als", scratch) as spark:
        cluster = Cluster(spark, engine.blocks, scratch.resolve())
        told = ratings(inputs.known, params)
        log.info(
            "ALS by Spark on %s: %d positives and %d dislikes; %d dislikes are left out, of "
            "confidence 1 or less or of rows without positives",
            *(engine.master, told.matrix.nnz - told.dislikes, told.dislikes),
            told.left_out,
        )
        last = LastFit()
        by_spark = Engine(
            lambda one, of, _: SparkFit(one, of.vectors, cluster, last),
            lambda of: presets(params, of),
            draws=False,
        )
        if engine.blocks > EXACT_BLOCKS:
            log.warning(
                "engine.blocks is %d: with more than %d the last digits of the factors, and so the "
                "model's id, differ from run to run",
                *(engine.blocks, EXACT_BLOCKS),
            )
        return training.train(inputs, params, None, checkpoints, by_spark)


def check(params: Params) -> None:
    """ConfigError for settings that Spark's ALS does not know."""
    settings_of(params)
    if params.warm_start != OFF:
        raise ConfigError(
            f"params.yaml: train_als.warm_start: {params.warm_start}: a fit by Spark cannot begin "
            f"at a model; set it to off, or engine.name to local"
        )
    if params.cold_start == "features":
        raise ConfigError(
            "params.yaml: train_als.cold_start: features is the prior of the native solver, and a "
            "fit by Spark has none; take ridge or off, or set engine.name to local"
        )


def presets(params: Params, inputs: Inputs) -> dict[str, Changes]:
    """Settings to be tried, each the section with some keys of `spark` changed; those with texts
    only where products have some.
    """
    own, has_texts = settings_of(params).model_dump(), bool(inputs.vectors.any())
    return {
        name: {"spark": own | changed}
        for name, changed in PRESETS.items()
        if has_texts or "texts" not in changed
    }


def one_part(engine: EngineParams) -> EngineParams:
    """The engine with one part a shuffle, where ALS does not say how many: in several, the order of
    a row's entries, and so its last digits, would hang on their number and on who fetches what.
    """
    return engine.model_copy(update={"partitions": 1})
