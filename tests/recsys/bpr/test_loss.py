"""The loss that fits a shop: bpr unless softmax is surely ahead on the validation fold."""

import logging
from typing import Any

import numpy as np
import pytest

from recsys.bpr import loss
from recsys.bpr.params import Params
from recsys.dataset.folder import Ids
from recsys.dataset.interactions import Interactions
from recsys.dataset.training_inputs import Inputs
from recsys.models.model import Trained
from recsys.softmax.temperature import USUAL
from tests.recsys.bpr.worlds import held_out_of, none_of
from tests.recsys.bpr.worlds import params as bpr_params
from tests.recsys.softmax.worlds import SETTINGS, circles


def params(**softmax: Any) -> Params:
    return bpr_params(loss="auto", softmax={**SETTINGS, **softmax})


def inputs(held_out: bool = True) -> Inputs:
    world = circles()
    users, items = (
        [f"{kind}{n}" for n in range(count)]
        for kind, count in zip("up", world.shape, strict=True)
    )
    return Inputs(
        Ids(users, items),
        Interactions(world, world, none_of(world)),
        held_out_of(world) if held_out else none_of(world),
        np.zeros((world.shape[1], 2), dtype=np.float32),
        "lexical",
        {},
    )


def perfect() -> Trained:
    """Finds every held-out positive."""
    return Trained(held_out_of(circles()).toarray(), np.eye(60, dtype=np.float32), [])


def hopeless() -> Trained:
    """Ranks every held-out positive last."""
    rows = -held_out_of(circles()).toarray()
    return Trained(rows, np.eye(60, dtype=np.float32), [])


def test_softmax_is_taken_where_it_is_surely_ahead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="recsys.bpr.loss"):
        verdict = loss.judge(hopeless(), inputs(), params())
    assert verdict.takes_softmax
    note = verdict.note
    assert note["taken"] == "softmax" and note["bpr_ndcg_at_10"] == 0
    assert note["lead"] == note["softmax_ndcg_at_10"] > note["error"] > 0
    assert [one["temperature"] for one in note["softmax_tried"]] == [0.3]
    (line,) = caplog.messages
    assert line.startswith("loss softmax: ") and "by bpr 0.0000" in line


def test_bpr_stays_where_softmax_is_behind() -> None:
    verdict = loss.judge(perfect(), inputs(), params(temperature="auto"))
    assert not verdict.takes_softmax
    assert verdict.note["taken"] == "bpr" and verdict.note["lead"] < 0
    tried = verdict.note["softmax_tried"]
    assert {one["epochs"] for one in tried} == {7}  # short ones only


def test_bpr_stays_where_the_lead_may_be_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """As good for half of the users, and better and worse for the others in turn."""
    found = loss.search(
        loss.fold_of(inputs().known, inputs().held_out), params().softmax, 1
    )
    users = len(found.found)
    close = found._replace(found=np.where(np.arange(users) % 2, 0.0, 1.02))
    monkeypatch.setattr(loss, "search", lambda *_: close)
    monkeypatch.setattr(loss.Params, "seed", 1, raising=False)
    monkeypatch.setattr(
        "recsys.softmax.temperature.Fold.found", lambda *_: np.full(users, 0.5)
    )
    verdict = loss.judge(perfect(), inputs(), params())
    assert 0 < verdict.note["lead"] < verdict.note["error"]
    assert not verdict.takes_softmax


def test_without_a_rival_softmax_is_fitted_and_its_temperature_noted() -> None:
    verdict = loss.judge(None, inputs(), params())
    assert verdict.takes_softmax and verdict.temperature == 0.3
    assert "lead" not in verdict.note and verdict.fold is not None


@pytest.mark.parametrize(("rival", "taken"), [(perfect(), "bpr"), (None, "softmax")])
def test_without_a_fold_the_prior_stays(rival: Trained | None, taken: str) -> None:
    verdict = loss.judge(rival, inputs(held_out=False), params(temperature="auto"))
    assert verdict.note == {"taken": taken}
    assert (verdict.takes_softmax, verdict.temperature) == (rival is None, USUAL)


def test_softmax_is_not_tried_where_histories_are_short(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = inputs().known
    mean = known.binary.nnz / (known.binary.getnnz(axis=1) > 0).sum()
    assert loss.not_tried(known, params(min_positives=mean).softmax) is None
    with caplog.at_level(logging.INFO, logger="recsys.bpr.loss"):
        note = loss.not_tried(known, params(min_positives=mean + 0.1).softmax)
    assert note == {"taken": "bpr", "positives_per_user": round(float(mean), 6)}
    assert "train_bpr.softmax.min_positives" in caplog.text
    none = Interactions(*[none_of(known.binary)] * 3)
    assert loss.not_tried(none, params(min_positives=1.0).softmax) is not None
