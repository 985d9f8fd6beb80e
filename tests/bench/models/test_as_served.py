"""What is served is what the validation fold says, and what it cost is counted."""

from pathlib import Path

import numpy as np
import pytest

from bench.models import as_served
from bench.models.as_served import SERVED, fits_of, told_of, with_seed
from bench.models.prepared import Prepared
from ops.tuning.params_file import rewritten
from recsys.models.manifest import Notes, Search, Setting

WEIGHTS = {"content": 0.1, "popularity": 1.0, "neighbours": 0.0}
OTHER = {"content": 0.0, "popularity": 2.0, "neighbours": 0.5}


def notes(leads_again: list[float]) -> Notes:
    tried = [
        Setting(
            name=name,
            changes={},
            hybrid=OTHER,
            ndcg_at_10=value,
            ndcg_at_10_as_given=0.1,
        )
        for name, value in (("small", 0.3), ("params.yaml", 0.2))
    ]
    found = Search(
        users=9,
        settings=tried,
        taken="small",
        changes={},
        lead=0.1,
        error=0.01,
        leads_again=leads_again,
    )
    return Notes(search=found, served=OTHER)


def test_fits_on_the_fold_are_counted() -> None:
    assert fits_of("als", notes([])) == 2
    assert fits_of("als", notes([0.1])) == 4  # the prior and the preset once more
    assert fits_of("als", Notes()) == 0
    assert fits_of("bpr", Notes()) == 1
    assert fits_of("bpr", Notes(loss={"softmax_tried": [1, 2, 3, 4, 5]})) == 6


def test_what_was_chosen_is_told() -> None:
    assert told_of("als", notes([])) == "small 0/2/0.5"
    assert told_of("als", Notes(served=WEIGHTS)) == "params.yaml 0.1/1/0"
    by = {"taken": "softmax"}
    assert told_of("bpr", Notes(served=WEIGHTS, loss=by)) == "softmax 0.1/1/0"


@pytest.mark.parametrize("better", ["als", "bpr"])
def test_the_better_one_of_the_fold_is_served(
    better: str, shop: Prepared, light: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as_served, "_blend", lambda *_: None)
    monkeypatch.setattr(as_served, "best_of", lambda *_: better)
    found = with_seed(shop.inputs, shop.test, light, 1)
    assert [*found] == ["als", "bpr", SERVED]
    served, own = found[SERVED], found[better]
    assert np.array_equal(served.as_served, own.as_served)
    assert served.told == f"{better}: {own.told}"
    assert served.fits == found["als"].fits + found["bpr"].fits
    assert own.as_served.shape == (shop.test.nnz, 2)


def test_the_blend_is_looked_at_only_where_it_is_on(
    shop: Prepared, light: Path, tmp_path: Path
) -> None:
    off = tmp_path / "params.yaml"
    text = light.read_text(encoding="utf-8")
    off.write_text(rewritten(text, {"blend.mode": "off"}), encoding="utf-8")
    assert as_served._blend(shop.inputs, {}, off) is None
