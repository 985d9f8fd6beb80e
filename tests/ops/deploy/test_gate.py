"""The gate is asked before each promotion; what it refuses changes nothing."""

import pytest

from ops.deploy import deployment_log, gate, promote
from recsys.program.errors import GateError


def test_its_verdict_stands_in_the_log(shop):
    shop.put("als-1")
    assert deployment_log.rows(shop.db)[0].verdict == gate.NOBODY_ASKS


def test_what_it_refuses_is_not_promoted(shop, monkeypatch):
    shop.put("als-1")
    shop.stage("als-2")
    asked = []

    def refuse(site, challenger, champion):
        asked.append((challenger.model_id, champion.model_id))
        raise GateError("not better than als-1")

    monkeypatch.setattr(gate, "verdict", refuse)
    for action in (promote.plan, promote.promote):
        with pytest.raises(GateError, match="not better"):
            action(shop.site())
    assert asked == [("als-2", "als-1")] * 2
    assert (shop.champion(), shop.stages()["als-2"]) == ("als-1", "Staging")
    assert len(deployment_log.rows(shop.db)) == 2
