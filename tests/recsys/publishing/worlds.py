"""Models of a shop of twelve users and ten products that were really fitted."""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from recsys.blend.rows import side_by_side
from recsys.dataset.interactions import Interactions
from recsys.models import model_folder
from recsys.models.blended import Blended, Part
from recsys.models.factors import Factors
from recsys.models.fold_in import FoldIn, LeastSquares
from recsys.models.manifest import Notes
from recsys.models.model_folder import SavedModel
from recsys.models.pairwise_fold import Pairwise
from tests.recsys.als.worlds import params as als_params
from tests.recsys.bpr.worlds import params as bpr_params
from tests.worlds import even_odd

USERS, ITEMS = 12, 10
PAIRS = Pairwise(0.1, 0.001, 7)
EQUATION = LeastSquares(5.0, 0.1, 0.0, 1.0)
USER_IDS = [f"u{user}" for user in range(USERS)]
ITEM_IDS = [f"p{item}" for item in range(ITEMS)]
SHARES = (0.25, 0.75)


def known(test: bool = False) -> Interactions:
    """What each user likes, with the test item of the first user or without."""
    binary = even_odd(USERS, ITEMS)
    if not test:
        whole = binary.tolil()
        whole[0, 2] = 0
        binary = whole.tocsr()
    none = csr_matrix(binary.shape, dtype=np.float32)
    return Interactions(binary * np.float32(5.5), binary, none, binary)


def vectors() -> np.ndarray:
    rows: np.ndarray = np.random.default_rng(0).normal(size=(ITEMS, 3))
    return rows.astype(np.float32)


def rows(seed: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors of all users and items: as a fit would leave them."""
    rng = np.random.default_rng(seed)
    users, items = (rng.normal(size=(n, width)) for n in (USERS, ITEMS))
    users[:, -1] = 1  # the bias of BPR
    return users.astype(np.float32), items.astype(np.float32)


def save(
    folder: Path, kind: str, rule: FoldIn | None = None, **params: Any
) -> SavedModel:
    """A model als or bpr in `folder`; with `notes=` of the manifest."""
    notes = params.pop("notes", Notes(epochs=6 if kind == "bpr" else None))
    given = als_params(**params) if kind == "als" else bpr_params(**params)
    width = 4 if kind == "als" else 5
    rule = rule or (EQUATION if kind == "als" else PAIRS)
    trained = Factors(USER_IDS, ITEM_IDS, *rows(len(kind), width), rule)
    model_folder.save(trained, [], kind, given.model_dump(), {}, folder, notes)
    return model_folder.load(folder)


def save_blend(folder: Path, als: SavedModel, bpr: SavedModel) -> SavedModel:
    """The blend of both."""
    both = [als.factors, bpr.factors]
    pairs = [(one.user_factors, one.item_factors) for one in both]
    laid = side_by_side(pairs, SHARES)
    rules = (EQUATION, PAIRS)
    parts = tuple(
        Part(rule, one.item_factors.shape[1], share, scale)
        for rule, one, share, scale in zip(
            rules, both, SHARES, laid.scales, strict=True
        )
    )
    made = Factors(
        *(USER_IDS, ITEM_IDS, laid.user_factors, laid.item_factors), Blended(parts)
    )
    ids = {"als": als.manifest.model_id, "bpr": bpr.manifest.model_id}
    model_folder.save(made, [], "blend", ids, {}, folder)
    return model_folder.load(folder)
