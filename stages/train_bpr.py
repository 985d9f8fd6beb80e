"""Train BPR on the positives, with dislikes and popular items among its negatives.

reads   processed               matrices, validation.parquet, id maps
        embeddings/items.npz    for cold items
        models/bpr, mlruns      only where `warm_start` names a model
        models/bpr/checkpoints  only after a kill: speed, never results
writes  factors.npz, curve.json, manifest.json      see recsys/models/factors.py; the last factor is the item's bias
"""

import logging
from pathlib import Path

from recsys.bpr import model as bpr_model
from recsys.dataset.training_inputs import read_inputs
from recsys.models import model_folder, warm_start
from recsys.program.command_line import PARAMS_FILE, enter
from recsys.program.params import load

log = logging.getLogger("train_bpr")

VERSION = 1  # raise it when the same inputs and params would give other factors

Params = bpr_model.Params


def main(
    data: Path, embeddings: Path, mlruns: Path, out: Path, params: Path = Path(PARAMS_FILE)
) -> None:
    settings = load(Params, "train_bpr", params)
    inputs = read_inputs(data, embeddings)
    start = warm_start.begin(
        settings.warm_start, out, mlruns, inputs, settings.factors + 1, "train_bpr.warm_start"
    )
    checkpoints = settings.checkpoints(out / "checkpoints", VERSION, inputs)
    model = bpr_model.train(inputs, settings, start, checkpoints)
    name = model_folder.save(
        model.factors, model.curve, "bpr", settings.model_dump(), inputs.hashes, out, model.notes
    )
    checkpoints("all").clear()
    log.info(
        "trained %s: %d users, %d items, %d epochs",
        name,
        *model.factors.shape,
        model.notes["epochs"],
    )


if __name__ == "__main__":
    enter(main)
