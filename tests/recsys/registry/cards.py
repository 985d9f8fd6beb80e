"""An evaluation and a manifest for cards and descriptions."""

from recsys.models.manifest import ColdClass, ColdStart, Manifest, Notes
from recsys.ranking.evaluation_file import Evaluation
from recsys.registry.card import Facts
from tests.recsys.registry.worlds import STATE

ALS = {
    "recall_at_10": 0.5,
    "recall_at_10_low": 0.4,
    "recall_at_10_high": 0.6,
    "recall_at_10_over_popularity": 0.25,
    "recall_at_10_over_popularity_low": 0.2,
    "recall_at_10_over_popularity_high": 0.3,
    "ndcg_at_10": 0.3,
    "coverage_at_10": 0.8,
    "newcomer_recall_at_10": 0.45,
    "cold_item_share_at_10": 0.07,
}
EVALUATION = Evaluation(
    best="als",
    primary="recall_at_10",
    test_users=941,
    test_users_in_all=941,
    models={
        "als": ALS,
        "als_factors": {"recall_at_10": 0.45},
        "bpr": {"recall_at_10": 0.4},
        "popularity": {
            "recall_at_10": 0.25,
            "recall_at_10_low": 0.2,
            "recall_at_10_high": 0.3,
        },
    },
)
COLD = ColdStart(
    used=True, classes={"0": ColdClass(used=True), "1": ColdClass(used=False)}
)
MANIFEST = Manifest(
    model_type="als",
    params={"factors": 2},
    inputs={"users.parquet": "cd" * 32},
    notes=Notes(cold_start=COLD),
    sha256={},
)
LINEAGE = {"mlflow.source.git.commit": "0123abc", "dvc_lock_sha256": "ef" * 32}
FACTS = Facts(MANIFEST, EVALUATION, STATE, LINEAGE)
