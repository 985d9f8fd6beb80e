"""Train ALS on the confidence of the positives and on the dislikes.

reads   processed               matrices, validation.parquet, id maps
        embeddings/items.npz    for the feature prior and for cold items
        models/als, mlruns      only where `warm_start` names a model
        models/als/checkpoints  only after a kill: speed, never results
writes  factors.npz, curve.json, manifest.json      see recsys/models/factors.py
"""

import logging
from pathlib import Path

from recsys.als import model as als_model
from recsys.dataset.training_inputs import read_inputs
from recsys.models import model_folder, warm_start
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load

log = logging.getLogger("train_als")

VERSION = 1  # raise it when the same inputs and params would give other factors

Params = als_model.Params


def main(
    data: Path, embeddings: Path, mlruns: Path, out: Path, params: Path = Path(PARAMS_FILE)
) -> None:
    settings = load(Params, "train_als", params)
    inputs = read_inputs(data, embeddings)
    start = warm_start.begin(
        settings.warm_start, out, mlruns, inputs, settings.factors, "train_als.warm_start"
    )
    checkpoints = settings.checkpoints(out / "checkpoints", VERSION, inputs)
    model = als_model.train(inputs, settings, start, checkpoints)
    name = model_folder.save(
        model.factors, model.curve, "als", settings.model_dump(), inputs.hashes, out, model.notes
    )
    checkpoints("all").clear()
    log.info(
        "trained %s: %d users, %d items, loss %.6f",
        name,
        *model.factors.shape,
        model.curve[-1]["loss"],
    )


if __name__ == "__main__":
    enter(main)
