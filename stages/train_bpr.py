"""Train BPR on the positives, by its own loss or by sampled softmax: what is ahead for this shop.

reads   processed               matrices, validation.parquet, id maps
        embeddings/items.npz    for cold items
        models/bpr, mlruns      only where `warm_start` names a model
        models/bpr/checkpoints  only after a kill: speed, never results
writes  factors.npz, curve.json, manifest.json      see recsys/models/manifest.py
        fold.npz                the fit without the validation fold, for the stage blend
        learned.npz             the purchases that it has learned from, for later warm starts

By BPR's own loss the last factor is the item's bias; by softmax rows have length 1.
"""

import logging
from functools import partial
from pathlib import Path

from recsys.bpr.model import train, width
from recsys.bpr.params import Params
from recsys.dataset.training_inputs import Inputs, read_inputs
from recsys.models import fold_rows, learned, model_folder, warm_start
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.models.model import TrainedModel
from recsys.program import kernel_cache
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load, read

log = logging.getLogger("train_bpr")

VERSION = 3  # raise it when the same inputs and params would give other factors


def main(
    data: Path,
    embeddings: Path,
    mlruns: Path,
    out: Path,
    params: Path = Path(PARAMS_FILE),
) -> None:
    settings = load(Params, "train_bpr", params)
    say_where(params)
    inputs = read_inputs(data, embeddings)
    start = warm_start.begin(
        settings.warm_start,
        out,
        mlruns,
        inputs,
        partial(width, settings),
        "train_bpr.warm_start",
    )
    checkpoints = TrainingCheckpoints(
        out / "checkpoints",
        [VERSION, settings.model_dump(), inputs.hashes],
        settings.checkpoint_every,
        settings.checkpoint_seconds,
    )
    model = train(inputs, settings, start, checkpoints)
    model_id = _save(out, model, settings, inputs)
    checkpoints.clear()
    users, items = model.factors.shape
    epochs = model.notes.epochs
    log.info(
        "trained %s: %d users, %d items, %d epochs", model_id, users, items, epochs
    )


def _save(out: Path, model: TrainedModel, settings: Params, inputs: Inputs) -> str:
    """Write all outs; the model's id."""
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
    return model_id


def say_where(params: Path) -> None:
    """Where the other stages run on Spark, the log says that this one does not."""
    if read(params).get("engine", {}).get("name") == "spark":
        log.info("engine.name is spark: BPR is fitted on this machine all the same")


def load_ahead() -> None:
    """Import what is needed later."""
    from recsys.bpr import kernel  # noqa: F401 - for later

    kernel_cache.get_ready()


if __name__ == "__main__":
    enter(main)
