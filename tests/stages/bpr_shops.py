"""Shops that BPR is trained on, quickly."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from stages import train_bpr
from tests.worlds import (
    Shop,
    one_blas_thread,
    processed_shop,
)

SMALL = {
    "loss": "bpr",
    "factors": 4,
    "learning_rate": 0.1,
    "regularization": 0.001,
    "epochs": 150,
    "decay_share": 0.0,
    "cold_start": "off",
}


def shop_of(folder: Path, user_items: csr_matrix, **changes: Any) -> Shop:
    shop = processed_shop(folder, user_items)
    shop.configure(train_bpr={**SMALL, **changes})
    return shop


def run(shop: Shop) -> Path:
    out = shop.folder / "models/bpr"
    with one_blas_thread():
        train_bpr.main(
            shop.processed, shop.embeddings, shop.folder / "mlruns", out, shop.params
        )
    return out


def large() -> csr_matrix:
    return csr_matrix(
        (np.random.default_rng(0).random((300, 80)) < 0.1).astype(np.float32)
    )
