"""The gate is asked before each promotion; what it holds or rejects changes nothing."""

from zoneinfo import ZoneInfo

import pytest

from ops.deploy import deployment_log, gate, judgement, promote, verdicts
from recsys.program.errors import GateError
from recsys.registry import versions
from tests.ops.deploy.tasters import Tasters

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GOOD, FAIR, BAD, NOISE = 0.0, 0.3, 0.7, 1.0  # shares of wrong items


@pytest.fixture
def tasters(shop):
    return Tasters(shop, ZONE)


def test_without_rules_nobody_asks(shop):
    shop.put("als-1")
    assert deployment_log.rows(shop.db)[0].verdict == gate.NOBODY_ASKS


def test_a_first_model_must_be_better_than_popularity(tasters, capsys):
    tasters.train(NOISE, seed=1)
    with pytest.raises(GateError, match='promote --approve "why"'):
        promote.promote(tasters.site())
    assert "not shown to be better than popularity" in capsys.readouterr().out
    assert tasters.shop.champion() is None
    good = tasters.train(GOOD)
    promote.promote(tasters.site())
    out = capsys.readouterr().out
    assert f"Gate: PROMOTE {good}, first model\n" in out
    assert "  - better than popularity: ndcg_at_10 0." in out
    assert tasters.shop.champion() == good
    row = deployment_log.rows(tasters.shop.db)[0]
    assert row.verdict.startswith("gate: PROMOTE, better than popularity")
    decisions = [kept.decision for kept in verdicts.rows(tasters.shop.db)]
    assert decisions == ["HOLD", "PROMOTE"]


def test_a_first_model_that_was_not_staged_is_told_why(tasters, capsys):
    noise = tasters.train(NOISE, seed=1, staged=False)
    with pytest.raises(GateError, match=f"{noise} is not promoted: the gate holds it"):
        promote.promote(tasters.site())
    assert "not shown to be better than popularity" in capsys.readouterr().out


def test_a_new_recipe_must_be_better(tasters, capsys):
    fair = tasters.train(FAIR)
    promote.promote(tasters.site())
    worse = tasters.train(BAD, recipe="r2")
    with pytest.raises(
        GateError, match=r"rejects it .--approve takes .*never what it rejects.; train"
    ):
        promote.promote(tasters.site(), approval="I want it")
    assert f"REJECT {worse}, new recipe beside {fair}" in capsys.readouterr().out
    equal = tasters.train(FAIR, recipe="r3", seed=1)
    with pytest.raises(GateError, match="holds it"):
        promote.promote(tasters.site())
    assert "or more passes here" in capsys.readouterr().out
    assert (tasters.shop.champion(), tasters.shop.stages()[equal]) == (fair, "Staging")
    better = tasters.train(GOOD, recipe="r4")
    promote.promote(tasters.site())
    assert tasters.shop.champion() == better
    tags = tasters.shop.client.get_model_version(versions.MODEL, "2").tags
    assert tags[versions.VERDICT].startswith("REJECT: worse than the champion: ")


def test_a_refresh_must_be_as_good(tasters, capsys):
    first = tasters.train(FAIR)
    promote.promote(tasters.site())
    capsys.readouterr()
    equal = tasters.train(FAIR, seed=3)
    promote.promote(tasters.site())
    assert f"PROMOTE {equal}, refresh beside {first}" in capsys.readouterr().out
    tasters.train(BAD)
    with pytest.raises(GateError, match="rejects it"):
        promote.promote(tasters.site())
    out = capsys.readouterr().out
    assert "worse than the champion" in out and "worse than the anchor" in out
    entry = verdicts.rows(tasters.shop.db)[-1].verdict["entry"]
    assert (entry["champion_id"], entry["anchor_id"]) == (equal, first)


def test_a_person_may_approve_what_is_held_and_the_ledger_keeps_why(tasters, capsys):
    held = tasters.train(NOISE, seed=1)
    promote.promote(tasters.site(), approval="a shop with no data yet")
    assert tasters.shop.champion() == held
    (approved,) = verdicts.approvals(tasters.shop.db)
    assert (approved.model_id, approved.by) == (held, "lan@shop")
    assert approved.reason == "a shop with no data yet"
    row = deployment_log.rows(tasters.shop.db)[0]
    assert row.verdict == "gate: HOLD, approved by lan@shop: a shop with no data yet"
    assert "Production" in capsys.readouterr().out


def test_the_way_to_approve_names_the_model_where_another_one_would_be_taken(tasters):
    fair = tasters.train(FAIR)
    promote.promote(tasters.site())
    held = tasters.train(FAIR, recipe="r3", seed=1, staged=False)
    waits = tasters.train(GOOD, recipe="r4")
    wanted = f'`python runner.py deploy --model-id {held} --approve "why"`'
    with pytest.raises(GateError, match=wanted):
        promote.promote(tasters.site(), model_id=held)
    assert tasters.shop.champion() == fair
    assert versions.challenger(tasters.shop.client).model_id == waits
    promote.promote(tasters.site(), model_id=held, approval="as it says")
    assert tasters.shop.champion() == held


def test_the_same_content_keeps_its_verdict_with_reasons_and_costs_nothing(
    tasters, monkeypatch, capsys
):
    tasters.train(FAIR)
    promote.promote(tasters.site())
    held = tasters.train(FAIR, recipe="r3", seed=1)
    capsys.readouterr()
    for _ in range(2):
        with pytest.raises(GateError):
            promote.promote(tasters.site())
        monkeypatch.setattr(judgement, "judge", None)  # nothing is ranked again
    out = capsys.readouterr().out
    assert f"{held} was judged before (HOLD, 2026): the same content" in out
    assert out.count("not shown to be better than the champion") == 2
    tag = versions.find(tasters.shop.client, held).verdict
    assert tag.startswith("HOLD: not shown to be better than the champion")
    spent = [kept.verdict["entry"]["alpha"] for kept in verdicts.rows(tasters.shop.db)]
    assert len(spent) == 2


def test_too_few_users_are_held(shop, capsys):
    tasters = Tasters(shop, ZONE, users=12)
    tasters.train(GOOD)
    for _ in range(2):
        with pytest.raises(GateError):
            promote.promote(tasters.site())
    assert "12 test users; nothing is compared below 20" in capsys.readouterr().out
    assert len(verdicts.rows(shop.db)) == 1  # the same again is not written again


def test_a_dry_run_says_the_verdict_and_writes_nothing(tasters, capsys):
    good = tasters.train(GOOD)
    promote.plan(tasters.site())
    assert f"Gate: PROMOTE {good}, first model" in capsys.readouterr().out
    assert not tasters.shop.db.exists()
    assert not (tasters.folder / "releases").exists()


def test_a_model_without_files_is_held_and_a_person_may_take_it(tasters, capsys):
    tasters.shop.stage("als-0123456789ab")
    with pytest.raises(GateError, match="holds it"):
        promote.promote(tasters.site())
    assert "not judged: als-0123456789ab: there are no files" in capsys.readouterr().out
    promote.promote(tasters.site(), approval="it was made elsewhere")
    assert tasters.shop.champion() == "als-0123456789ab"


def test_torn_data_holds(tasters, capsys):
    tasters.train(GOOD)
    (tasters.folder / "data/processed/test.parquet").write_bytes(b"torn")
    with pytest.raises(GateError, match="holds it"):
        promote.promote(tasters.site())
    assert "test.parquet" in capsys.readouterr().out
