"""What the list as served has of cold items."""

import numpy as np
from scipy.sparse import csr_matrix

from recsys.dataset.sparse import columns_kept
from recsys.ranking.metrics import metrics_at
from recsys.ranking.top_k import Lister, Scorer


def cold_item_metrics(
    score: Scorer,
    lists: np.ndarray,
    is_cold: np.ndarray,
    seen: csr_matrix,
    test: csr_matrix,
    lister: Lister | None = None,
) -> dict[str, float]:
    """The recall of test users who take a cold item next (0 where there is nobody), the number of
    these, and the share of all places that cold items have.

    `score`, and the `lister` if there is one, make the lists; `lists` (n, k) are those of some
    users, -1 for none; `is_cold` (items,) bool; `seen` and `test` are csr (users, items).
    """
    k = lists.shape[1]
    wanted = columns_kept(test, is_cold)
    found = metrics_at(score, seen, wanted, [k], lister)[f"recall_at_{k}"]
    shown = lists[lists >= 0]
    return {
        f"cold_item_recall_at_{k}": round(float(found.mean()), 6)
        if len(found)
        else 0.0,
        "cold_item_users": float(len(found)),
        f"cold_item_share_at_{k}": round(float(is_cold[shown].mean()), 6),
    }
