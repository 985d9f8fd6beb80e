"""Small models by hand, in a shop that evaluate measures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix, save_npz

from recsys.files.arrays import pack_ids
from recsys.files.atomic import sha256_of, write_json
from recsys.files.tables import write_table
from recsys.models import blend_verdict, factors, model_folder
from recsys.models.blend_verdict import Verdict
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import NewItems, Notes
from recsys.ranking import evaluation
from stages import evaluate
from tests.worlds import Shop, make_shop

USERS, ITEMS = ["u0", "u1", "u2", "u3"], ["p0", "p1", "p2", "p3", "p4"]
TRAIN = np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, 0, 0, 0]])
DISLIKES = np.array(
    [[0, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
)
TEST = [(0, 2), (1, 1), (2, 4), (3, 0)]  # (user, item)
BY_HAND = np.frombuffer(b"by hand", dtype=np.uint8)
PARAMS = evaluation.Params(
    cutoffs=[1, 2],
    primary="recall_at_1",
    bootstrap_samples=200,
    users=10,
    newcomers=3,
    cells=10_000,
    seed=1,
)


FOLD_IN = LeastSquares(1.0, 0.1, 0.0, 0.0)
NO_HYBRID = {"content": 0.0, "popularity": 0.0, "neighbours": 0.0}


def save_model(
    shop: Shop,
    name: str,
    scores: np.ndarray,
    users: list[str] = USERS,
    hybrid: dict[str, float] = NO_HYBRID,
    embeddings: str | None = None,
    space: str = "by hand (5)",
    new_user: FoldIn | None = FOLD_IN,
    places: int | None = None,
) -> None:
    """A model that scores just so: the user factors are the scores, the item factors the unit
    vectors.
    """
    items = np.eye(len(ITEMS), dtype=np.float32)
    model = factors.Factors(users, ITEMS, scores.astype(np.float32), items, new_user)
    inputs = {"items.npz": embeddings or sha256_of(shop.folder / "items.npz")}
    params = {"seed": 1, "hybrid": hybrid}
    folder, notes = shop.folder / "models" / name, Notes(embedding_space=space)
    if places is not None:
        notes = notes.model_copy(update={"new_items": NewItems(places=places)})
    model_folder.save(
        model, [{"iteration": 1, "loss": 0.5}], name, params, inputs, folder, notes
    )


def evaluated_shop(folder: Path, **changes: Any) -> Shop:
    """ALS finds every test item, BPR none; popularity finds all but that of u2."""
    shop = make_shop(folder)
    write_table(pl.DataFrame({"user_id": USERS}), shop.processed / "users.parquet")
    write_table(pl.DataFrame({"product_id": ITEMS}), shop.processed / "items.parquet")
    matrices = {
        "X_train_binary": TRAIN,
        "X_hard_negatives": DISLIKES,
        "X_train_confidence": 5 * TRAIN,
        "X_train_ages": TRAIN,
    }
    for name, dense in matrices.items():
        save_npz(shop.processed / f"{name}.npz", csr_matrix(dense.astype(np.float32)))
    for name, pairs in (("test", TEST), ("validation", [(2, 1)])):
        table = pl.DataFrame(pairs, schema=["user_index", "item_index"], orient="row")
        write_table(table, shop.processed / f"{name}.parquet")
    np.savez(
        folder / "items.npz",
        product_ids=pack_ids(ITEMS),
        vectors=np.eye(5, dtype=np.float32),
        encoder=BY_HAND,
    )
    write_json(folder / "odd.json", {})
    perfect = np.zeros((4, 5))
    perfect[tuple(zip(*TEST, strict=True))] = 1
    # what was seen would be first, were it not masked
    save_model(shop, "als", perfect + 2 * TRAIN + 2 * DISLIKES)
    save_model(shop, "bpr", -perfect)
    model_folder.save_none(folder / "models/blend", "it does not lead")
    verdict = Verdict(offered=False, why="it does not lead")
    blend_verdict.write(folder / "blend.json", verdict)
    shop.configure(
        evaluate={
            "cutoffs": [1, 2],
            "primary": "recall_at_1",
            "bootstrap_samples": 200,
            "users": 10,
            **changes,
        }
    )
    return shop


def run(shop: Shop) -> dict[str, Any]:
    folder = shop.folder
    evaluate.main(
        shop.processed,
        folder / "models/als",
        folder / "models/bpr",
        folder / "models/blend",
        folder / "items.npz",
        folder / "metrics/evaluate.json",
        folder / "metrics/models",
        folder / "plots/ranking.csv",
        folder / "plots/training.csv",
        folder / "per_user.parquet",
        folder / "metrics/breakdown.json",
        folder / "odd.json",
        folder / "blend.json",
        folder / "reports/evaluation.html",
        shop.params,
    )
    found: dict[str, Any] = json.loads((folder / "metrics/evaluate.json").read_text())
    return found
