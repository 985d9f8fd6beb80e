"""Train BPR on the positives.

reads   X_train_binary.npz      csr (users, items) float32, and the id maps
writes  factors.npz, curve.json, manifest.json      see recsys/factors.py; the last factor is the item's bias
"""

import logging
from pathlib import Path

from pydantic import Field

from recsys import bpr, factors, processed
from recsys.door import PARAMS_FILE, enter
from recsys.params import Section, load

log = logging.getLogger("train_bpr")

INPUTS = ("X_train_binary.npz", "users.parquet", "items.parquet")


class Params(Section):
    factors: int = Field(ge=1, le=1024)
    learning_rate: float = Field(gt=0)
    regularization: float = Field(ge=0)
    epochs: int = Field(ge=1)
    seed: int = Field(ge=0)


def main(data: Path, out: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "train_bpr", params)
    ids = processed.read_ids(data)
    user_items = processed.read_matrix(data, "X_train_binary", ids)
    users, items, curve = bpr.fit(user_items, **settings.model_dump())
    model = factors.save(
        factors.Factors(ids.users, ids.items, users, items),
        curve,
        "bpr",
        settings.model_dump(),
        processed.hashes(data, INPUTS),
        out,
    )
    log.info(
        "trained %s: %d users, %d items, train AUC %.4f", model, len(ids.users), len(ids.items), curve[-1]["train_auc"]
    )


if __name__ == "__main__":
    enter(main)
