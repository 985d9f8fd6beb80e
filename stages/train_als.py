"""Train ALS on the confidence of the positives.

reads   X_train_confidence.npz  csr (users, items) float32, and the id maps
writes  factors.npz, curve.json, manifest.json      see recsys/factors.py
"""

import logging
from pathlib import Path

from pydantic import Field

from recsys import als, factors, processed
from recsys.door import PARAMS_FILE, enter
from recsys.params import Section, load

log = logging.getLogger("train_als")

INPUTS = ("X_train_confidence.npz", "users.parquet", "items.parquet")


class Params(Section):
    factors: int = Field(ge=1, le=1024)
    regularization: float = Field(ge=0)
    iterations: int = Field(ge=1)
    alpha: float = Field(gt=0)
    seed: int = Field(ge=0)


def main(data: Path, out: Path, params: Path = Path(PARAMS_FILE)) -> None:
    settings = load(Params, "train_als", params)
    ids = processed.read_ids(data)
    user_items = processed.read_matrix(data, "X_train_confidence", ids)
    users, items, curve = als.fit(user_items, **settings.model_dump())
    model = factors.save(
        factors.Factors(ids.users, ids.items, users, items),
        curve,
        "als",
        settings.model_dump(),
        processed.hashes(data, INPUTS),
        out,
    )
    log.info("trained %s: %d users, %d items, loss %.6f", model, len(ids.users), len(ids.items), curve[-1]["loss"])


if __name__ == "__main__":
    enter(main)
