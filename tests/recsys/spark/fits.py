"""Worlds and settings for ALS by Spark."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
from scipy.sparse import csr_matrix

from recsys.als.params import Params
from recsys.dataset.interactions import Interactions
from recsys.spark import session
from recsys.spark.als import Cluster
from recsys.spark.als_training import one_part
from tests.recsys.als.worlds import params as als_params
from tests.recsys.spark.engines import asked, scratch

NO_CLUSTER = cast(Cluster, None)  # what is asked before Spark is, needs none
SETTINGS: dict[str, Any] = {
    "factors": 4,
    "regularization": 2.0,
    "alpha": 3.0,
    "dislike_weight": 0.5,
    "iterations": 5,
    "texts": 0.0,
    "texts_floor": 0.0,
}


def params(spark: dict[str, Any] | None = None, **changes: Any) -> Params:
    """Those of a fit by Spark, with changes of `spark` and of the section."""
    return als_params(spark=SETTINGS | (spark or {}), **changes)


def known(
    users: int = 60, items: int = 24, share: float = 0.2, seed: int = 0
) -> Interactions:
    """Positives of 1 to 6 and dislikes; user 7 has neither, user 8 dislikes only, and so have items
    5 and 6.
    """
    rng = np.random.default_rng(seed)
    shape = users, items
    liked = (rng.random(shape) < share) * rng.integers(2, 13, shape) / 2
    disliked = (rng.random(shape) < share / 2) & (liked == 0)
    liked[7:9], disliked[7], disliked[8, :3] = 0, False, True
    liked[:, 5:7], disliked[:, 5], disliked[:3, 6] = 0, False, True
    confidence = csr_matrix(liked.astype(np.float32))
    binary = csr_matrix((liked > 0).astype(np.float32))
    return Interactions(confidence, binary, csr_matrix(disliked.astype(np.float32)))


@contextmanager
def cluster(folder: Path, **changes: Any) -> Iterator[Cluster]:
    """A session of this engine, as training opens it."""
    engine = one_part(asked(**changes))
    with session.opened(engine, "als", scratch(folder)) as spark:
        yield Cluster(spark, engine.blocks, scratch(folder))
