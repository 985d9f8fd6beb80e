"""A model that was left is released by hand, and by nothing else."""

import pytest

from ops.deploy import deployment_log, promote, release, rollback
from recsys.program.errors import GateError
from recsys.registry import versions


def test_released_it_can_be_deployed_again(shop, capsys):
    shop.put("als-1", "als-2")
    rollback.roll_back(shop.site())
    with pytest.raises(GateError, match=r"runner\.py release als-2"):
        promote.promote(shop.site(), "als-2")
    release.release(shop.site(), "als-2")
    assert "runner.py deploy --model-id als-2" in capsys.readouterr().out
    assert not versions.find(shop.client, "als-2").rolled_back
    row = deployment_log.rows(shop.db)[-1]
    assert (row.action, row.status, row.model_id, row.intent) == (
        *("release", "released", "als-2", None),
    )
    promote.promote(shop.site(), "als-2")
    assert shop.champion() == "als-2"
    assert shop.outcomes()[-1] == ("promote", "als-2", "promoted")
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-1"


def test_what_was_not_left_and_what_nobody_knows(shop, capsys):
    shop.put("als-1")
    before = len(deployment_log.rows(shop.db))
    release.release(shop.site(), "als-1")
    assert "was not left by a rollback" in capsys.readouterr().out
    with pytest.raises(GateError, match="not in the registry"):
        release.release(shop.site(), "als-9")
    assert len(deployment_log.rows(shop.db)) == before
