"""Train ALS on the confidence of the positives and on the dislikes.

reads   processed               matrices, validation.parquet, id maps
        embeddings/items.npz    for the feature prior and for cold items
        models/als, mlruns      only where `warm_start` names a model
        models/als/checkpoints  only after a kill: speed, never results
        params.yaml             train_als; engine: with name spark, Spark fits (recsys/spark/als.py)
writes  factors.npz, curve.json, manifest.json      see recsys/models/manifest.py
        fold.npz                the fit without the validation fold, for the stage blend
        learned.npz             the purchases that it has learned from, for later warm starts
"""

import logging
from pathlib import Path

from recsys.als.params import Params
from recsys.als.training import followed, otherwise, train
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.models import fold_rows, learned, model_folder, warm_start
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.model import TrainedModel
from recsys.program import kernel_cache
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load
from recsys.spark.params import engine as engine_params

log = logging.getLogger("train_als")

VERSION = 2  # raise it when the same inputs and params would give other factors

WARM_START = "train_als.warm_start"


def main(
    data: Path,
    embeddings: Path,
    mlruns: Path,
    out: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings, engine = load(Params, "train_als", params), engine_params(params)
    if not engine.is_spark:
        settings = settings.of_one_machine()
    inputs = read_inputs(data, embeddings)
    checkpoints = TrainingCheckpoints(
        out / "checkpoints",
        [VERSION, settings.model_dump(), inputs.hashes],
        settings.checkpoint_every,
        settings.checkpoint_seconds,
    )
    if engine.is_spark:
        # here: it loads what one machine does not need
        from recsys.spark import als_training as by_spark

        model = by_spark.train(inputs, settings, engine, checkpoints, out / "spark")
    else:
        model = on_one_machine(inputs, settings, checkpoints, mlruns, out)
    model_id = model_folder.save(
        model.factors,
        model.curve,
        settings.MODEL_TYPE,
        settings.model_dump(),
        inputs.hashes,
        out,
        model.notes,
    )
    fold_rows.write(out, model.fold)
    learned.write(out, model.learned)
    checkpoints.clear()
    users, items = model.factors.shape
    loss = model.curve[-1]["loss"]
    log.info("trained %s: %d users, %d items, loss %.6f", model_id, users, items, loss)


def on_one_machine(
    inputs: Inputs,
    settings: Params,
    checkpoints: TrainingCheckpoints,
    mlruns: Path,
    out: Path,
) -> TrainedModel:
    """The model by our own solver, from a warm start if one is named."""
    fitted = followed(settings, out, mlruns, WARM_START)
    start = warm_start.begin(
        fitted.warm_start, out, mlruns, inputs, fitted.factors, WARM_START
    )
    model = train(inputs, fitted, start, checkpoints)
    return model.noted(followed=otherwise(settings, fitted) or None)


def load_ahead() -> None:
    """Import what is needed later."""
    from recsys.als import half  # noqa: F401 - for later

    kernel_cache.get_ready()


if __name__ == "__main__":
    enter(main)
