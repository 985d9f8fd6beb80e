"""What the programs find, made up."""

from typing import Any

import pytest


def cost(wall: float) -> dict[str, float]:
    return {"wall": wall, "cpu": 6.0, "peak": 300}


@pytest.fixture
def found_graph() -> dict[str, Any]:
    """What bench/speed/graph.py measures."""
    refreshed = {"refresh, 100 rows of known customers": cost(2.0)}
    idle = {
        "runner.py repro": cost(3.0),
        "dvc repro": cost(2.0),
        "dvc repro, bare project": cost(1.0),
    }
    return {
        "cold": {"whole graph": cost(16.0), "merge": cost(1.0)},
        "warm": {"whole graph": cost(8.0), "merge": cost(1.0)},
        "after a drop": {"whole graph": cost(7.0)},
        "refresh": refreshed,
        "idle": idle,
        "ours": {
            "test_users": 1234,
            "recall_at_10": {"als": 0.3, "als_factors": 0.29, "bpr": 0.2},
        },
        "straight": {
            **cost(4.0),
            "wanted": 0.2,
            "bpr_epochs": 60,
            "bpr_valid_recall_at_10": 0.2,
            "als_valid_recall_at_10": 0.24,
            "test_users": 1234,
            "figures": {"als recall_at_10": [0.25, 0.2, 0.3]},
        },
    }
