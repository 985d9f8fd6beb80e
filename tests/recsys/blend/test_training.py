"""What a blend says of itself, and whether it is made at all."""

from pathlib import Path
from typing import Any

import pytest

from recsys.blend.judge import Blend
from recsys.blend.params import Params
from recsys.blend.training import Trained, notes_of, params_of
from recsys.models.manifest import ColdClass, ColdStart, Manifest, NewItems, Notes
from recsys.ranking.weights import Weights
from tests.recsys.models.test_blend_verdict import FIGURES

WEIGHTS = Weights(content=0.1, popularity=1.0, neighbours=0.5)


def trained(name: str, **notes: Any) -> Trained:
    served = {"content": 0.0, "popularity": 0.0, "neighbours": 0.0}
    told = Notes(served=served, embedding_space="lexical", **notes)
    threshold = {"als": 5, "bpr": 3}[name]
    found = Manifest(
        model_type=name, params={"cold_threshold": threshold}, notes=told, sha256={}
    )
    return Trained(Path(name), found)


def both(**of_als: Any) -> tuple[Trained, Trained]:
    bpr = trained("bpr", new_items=NewItems(places=2))
    return trained("als", new_items=NewItems(places=1), **of_als), bpr


@pytest.mark.parametrize(("of_bpr", "places"), [(0.37, 1), (0.39, 2)])
def test_new_items_are_as_with_the_better_model(of_bpr: float, places: int) -> None:
    figures = FIGURES.model_copy(update={"bpr_ndcg_at_10": of_bpr})
    notes = notes_of(both(), Blend(0.75, WEIGHTS), figures)
    assert notes.new_items == NewItems(places=places)


def test_the_notes_name_what_was_tried_and_what_it_gave() -> None:
    notes = notes_of(both(), Blend(0.75, WEIGHTS), FIGURES)
    assert notes.served == WEIGHTS.model_dump()
    assert notes.validation_ndcg == FIGURES.ndcg_at_10
    assert notes.search is not None
    assert [one.name for one in notes.search.settings] == [
        "als 0.75, bpr 0.25",
        "als",
        "bpr",
    ]
    assert notes.search.leads_again == FIGURES.leads_again


def test_cold_items_have_rows_from_texts_where_either_model_has_made_them() -> None:
    classes = {"0": ColdClass(used=True), "1": ColdClass(used=False)}
    of_als = ColdStart(used=True, classes=classes)
    notes = notes_of(both(cold_start=of_als), Blend(0.5, WEIGHTS), FIGURES)
    assert notes.cold_start is not None and notes.cold_start.used
    assert notes.cold_start.used_for() == ["0"]
    none = notes_of(both(), Blend(0.5, WEIGHTS), FIGURES).cold_start
    assert none is not None and not none.used and none.used_for() == []


def test_the_params_name_both_models_and_what_is_cold_to_either() -> None:
    als, bpr = (one.manifest for one in both())
    section = Params(mode="auto", shares=[0.5], least_lead=0.1, refit_positives=9)
    assert params_of(section, als, bpr) == {
        "mode": "auto",
        "shares": [0.5],
        "least_lead": 0.1,
        "refit_positives": 9,
        "als": als.model_id,
        "bpr": bpr.model_id,
        "cold_threshold": 5,
    }
