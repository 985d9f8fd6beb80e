"""Facts for pages: evaluations in a real registry, and a project that has lived for a while."""

from dataclasses import replace
from typing import Any

from recsys.ranking.evaluation_file import Evaluation
from recsys.registry import evaluations, runs
from recsys.registry.runs import Occasion, Ranker
from tests.recsys.registry.cards import EVALUATION
from tests.recsys.registry.worlds import STATE


def evaluated(client: Any, digest: str, recall: float, popularity: float) -> None:
    """Publish the runs of an evaluation on other data, as recsys/registry/publish.py does."""
    state = replace(STATE, sha256=digest * 32)
    rows = {
        "als": _row(recall),
        "bpr": _row(recall / 2),
        "popularity": _row(popularity),
    }
    found = Evaluation(
        best="als",
        primary=EVALUATION.primary,
        test_users=EVALUATION.test_users,
        test_users_in_all=EVALUATION.test_users_in_all,
        models=rows,
    )
    parent = evaluations.run(client, found, state)
    ranker = Ranker(
        "popularity", f"popularity-{digest}", rows["popularity"], None, "a note"
    )
    runs.log_run(client, ranker, Occasion("x", parent, state, {}))
    evaluations.close(client, parent, found, "a note")


def _row(mean: float) -> dict[str, float]:
    name = EVALUATION.primary
    return {name: mean, f"{name}_low": mean - 0.01, f"{name}_high": mean + 0.01}
