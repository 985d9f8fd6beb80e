"""Train ALS on the confidence of the positives and on the dislikes.

reads   processed               matrices, validation.parquet, id maps
        embeddings/items.npz    for the feature prior and for cold items
        models/als, mlruns      only where `warm_start` names a model
        models/als/checkpoints  only after a kill: speed, never results
writes  factors.npz, curve.json, manifest.json      see recsys/models/manifest.py
        fold.npz                the fit without the validation fold, for the stage blend
"""

import logging
from pathlib import Path

from recsys.als.params import Params
from recsys.als.training import followed, train
from recsys.dataset.training_inputs import read_inputs
from recsys.models import fold_rows, model_folder, warm_start
from recsys.models.checkpoints import TrainingCheckpoints
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load

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
    settings = load(Params, "train_als", params)
    inputs = read_inputs(data, embeddings)
    fitted = followed(settings, out, mlruns, WARM_START)
    start = warm_start.begin(
        fitted.warm_start, out, mlruns, inputs, fitted.factors, WARM_START
    )
    checkpoints = TrainingCheckpoints(
        out / "checkpoints",
        [VERSION, settings.model_dump(), inputs.hashes],
        settings.checkpoint_every,
        settings.checkpoint_seconds,
    )
    model = train(inputs, fitted, start, checkpoints)
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
    checkpoints.clear()
    users, items = model.factors.shape
    loss = model.curve[-1]["loss"]
    log.info("trained %s: %d users, %d items, loss %.6f", model_id, users, items, loss)


if __name__ == "__main__":
    enter(main)
