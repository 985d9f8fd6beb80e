"""The names are those of the training stages, and each has its folder."""

from bench.speed.counts import graph
from recsys.ranking.model_names import BASELINE, BLEND, MODELS


def test_a_model_is_what_a_stage_trains_or_blends() -> None:
    trained = {name.removeprefix("train_") for name in graph() if "train_" in name}
    assert set(MODELS) == trained | {BLEND}
    assert BLEND in graph()
    assert BASELINE not in MODELS
