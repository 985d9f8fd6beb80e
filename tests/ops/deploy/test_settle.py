"""Registry and log that name different models agree again; no model is the first one twice."""

import shutil
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ops import said
from ops.alerts import outbox
from ops.deploy import (
    deployment_log,
    production,
    promote,
    rollback,
    settle,
    site,
    verdicts,
)
from ops.deploy.releases import Places
from recsys.program.errors import GateError, ServiceError, StoreError
from recsys.registry import versions
from recsys.serving import pointer
from tests.ops.conftest import Shop
from tests.ops.deploy.tasters import Tasters
from tests.worlds import snapshot

ROOT = Path(__file__).parents[3]


def lose_alias(shop):
    shop.client.delete_registered_model_alias(versions.MODEL, versions.CHAMPION)


def lose_version(shop, number):
    with pytest.warns(FutureWarning, match="transition_model_version_stage"):
        shop.client.transition_model_version_stage(
            versions.MODEL, str(number), "Archived"
        )
    shop.client.delete_model_version(versions.MODEL, str(number))


def move_alias(shop, number):
    shop.client.set_registered_model_alias(
        versions.MODEL, versions.CHAMPION, str(number)
    )


def alerts(shop):
    return [notice.text for notice in outbox.notices(shop.db.parent)]


# ---- the alias is gone ----
def test_a_lost_alias_is_set_again_and_said(shop, capsys):
    shop.put("als-1", "als-2")
    lose_alias(shop)
    promote.plan(shop.site())
    assert (
        "Would first make als-2 (version 2) the champion again"
        in capsys.readouterr().out
    )
    assert versions.champion(shop.client) is None
    promote.promote(shop.site())
    out = capsys.readouterr().out
    assert "als-2 (version 2) is the champion of the registry again" in out
    assert shop.champion() == "als-2"
    assert len(shop.outcomes()) == 2
    assert "is the champion of the registry again" in alerts(shop)[-1]


def test_a_lost_alias_makes_nobody_the_first_one(shop):
    shop.put("als-1", "als-2")
    lose_alias(shop)
    shop.stage("als-3")
    promote.promote(shop.site())
    assert shop.champion() == "als-3"
    top = production.in_production(deployment_log.rows(shop.db))
    assert (top.former_model_id, top.former_version) == ("als-2", 2)


def test_a_clearly_worse_one_is_rejected_though_the_alias_is_lost(shop):
    tasters = Tasters(shop, ZoneInfo("Asia/Ho_Chi_Minh"))
    good = tasters.train(0.0)
    promote.promote(tasters.site())
    lose_alias(shop)
    tasters.train(0.7, recipe="r2")
    with pytest.raises(GateError, match="the gate rejects it"):
        promote.promote(tasters.site())
    assert shop.champion() == good
    assert verdicts.rows(shop.db)[-1].verdict["entry"]["champion_id"] == good


def test_a_lost_alias_and_a_kill_in_the_next_promotion(shop, kill_points):
    shop.put("als-1", "als-2")
    lose_alias(shop)
    shop.stage("als-3")
    for victim in kill_points(shop, "promote"):
        promote.promote(victim.site())
        assert victim.champion() == "als-3"
        assert victim.outcomes()[-1] == ("promote", "als-3", "promoted")


def test_rollback_without_an_alias_goes_by_the_log(shop, capsys):
    shop.put("als-1", "als-2")
    lose_alias(shop)
    rollback.plan(shop.site())
    assert "Would roll back to als-1 (version 1)" in capsys.readouterr().out
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-1"
    assert versions.find(shop.client, "als-2").rolled_back


# ---- the version is gone ----
def test_a_live_version_that_is_gone_lets_nobody_in_unasked(shop, capsys):
    shop.put("als-1", "als-2")
    lose_version(shop, 2)
    shop.stage("als-3")
    before = snapshot(shop.db.parent)
    promote.plan(shop.site())
    assert "Would promote nothing: als-2 (version 2) is live by" in (
        capsys.readouterr().out
    )
    with pytest.raises(
        StoreError, match=r"als-2 \(version 2\) is live.*--approve"
    ) as refused:
        promote.promote(shop.site())
    assert refused.value.exit_code == 6
    assert snapshot(shop.db.parent) == before
    assert shop.stages()["als-3"] == "Staging"


def test_a_person_may_state_that_another_one_is_meant(shop):
    shop.put("als-1", "als-2")
    lose_version(shop, 2)
    with pytest.raises(StoreError):
        promote.promote(shop.site(), approval="there is none in Staging")
    shop.stage("als-3")
    promote.promote(shop.site(), approval="the registry was lost")
    assert shop.champion() == "als-3"
    top = production.in_production(deployment_log.rows(shop.db))
    assert top.former_model_id == "als-2"
    assert top.verdict.startswith("not judged: the live model was not in the registry")
    assert top.verdict.endswith(": the registry was lost")
    assert verdicts.approvals(shop.db)[-1].model_id == "als-3"


def test_rollback_leaves_a_version_that_is_gone(shop):
    shop.put("als-1", "als-2", "als-3")
    lose_version(shop, 3)
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-2"
    assert not any(version.rolled_back for version in versions.versions(shop.client))


def test_the_live_model_that_is_registered_anew_is_taken_unjudged(shop, capsys):
    shop.put("als-1", "als-2")
    lose_version(shop, 2)
    number = shop.stage("als-2")
    promote.promote(shop.site())
    assert (shop.champion(), number) == ("als-2", 3)
    top = production.in_production(deployment_log.rows(shop.db))
    assert (top.version, top.former_model_id) == (3, "als-1")
    assert "was version 2, is version 3" in top.detail
    targets = production.rollback_targets(deployment_log.rows(shop.db))
    assert [target.model_id for target in targets] == ["als-1"]


def test_a_registry_that_is_gone_is_refused(shop, tmp_path):
    shop.put("als-1")
    shop.parted()
    params = tmp_path / "params.yaml"
    shutil.copy(ROOT / "params.yaml", params)
    places = params, tmp_path / "lost", shop.db.parent
    for action in (promote.promote, promote.plan, rollback.roll_back):
        with pytest.raises(
            StoreError, match=r"no registry, but als-1 is live.*runner\.py repro"
        ):
            site.under_lock(action, *places, dry_run=action is promote.plan)
    with pytest.raises(StoreError, match="no registry"):
        rollback.main(None, False, *places)
    assert not (tmp_path / "lost").exists()


# ---- the alias was moved by hand ----
def test_a_champion_that_was_set_by_hand_gets_a_row_and_an_alert(
    shop, tmp_path, monkeypatch, capsys
):
    shop.put("als-1", "als-2")
    shop.register("als-3")
    verdict = {"decision": "REJECT", "reasons": ["worse than the champion"]}
    verdicts.append(shop.db, "als-3", verdict, shop.clock())
    move_alias(shop, 3)
    monkeypatch.setenv(said.SAYS, str(tmp_path / "said"))
    promote.plan(shop.site())
    assert "Would first write down that als-3 (version 3) is in production" in (
        capsys.readouterr().out
    )
    promote.promote(shop.site())
    assert said.heard(tmp_path / "said").status == "ok"
    assert shop.champion() == "als-3"
    top = production.in_production(deployment_log.rows(shop.db))
    assert (top.model_id, top.former_model_id) == ("als-3", "als-2")
    assert top.verdict == (
        "moved in the registry by hand; gate: REJECT, worse than the champion"
    )
    last = outbox.notices(shop.db.parent)[-1]
    assert (last.level, top.verdict in last.text) == ("warning", True)
    promote.promote(shop.site())
    assert said.heard(tmp_path / "said").status == "skipped"
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-2"


def test_the_service_follows_a_champion_that_was_set_by_hand(shop, fake):
    state, service = fake
    shop.put("als-1", "als-2", service=service)
    move_alias(shop, 1)
    promote.promote(shop.site(service))
    assert (state.serving, shop.champion()) == ("als-1", "als-1")
    assert shop.outcomes()[-1] == ("promote", "als-1", "verified")


def test_a_service_that_does_not_take_it_is_said(shop, fake):
    state, service = fake
    shop.put("als-1", "als-2", service=service)
    state.refused = {"als-1"}
    move_alias(shop, 1)
    with pytest.raises(ServiceError, match="former model als-2 is serving again"):
        promote.promote(shop.site(service))
    assert shop.outcomes()[-1] == ("promote", "als-1", "failed")


def test_by_hand_with_one_in_staging_the_rows_are_in_their_order(shop):
    shop.put("als-1", "als-2")
    shop.stage("als-3")
    move_alias(shop, 1)
    promote.promote(shop.site())
    assert [model for _, model, _ in shop.outcomes()[-2:]] == ["als-1", "als-3"]


# ---- the log is gone ----
def test_a_log_that_was_lost_gets_the_champion_of_the_registry(shop, capsys):
    shop.put("als-1", "als-2")
    shutil.rmtree(shop.db.parent)
    promote.promote(shop.site())
    assert shop.outcomes() == [("promote", "als-2", "promoted")]
    row = deployment_log.rows(shop.db)[0]
    assert row.verdict == (
        "found in the registry, not in the deployment log; gate: not asked"
    )


def test_alias_and_log_both_lost_what_is_released_counts(
    shop: Shop, tmp_path: Path
) -> None:
    live, other = "als-0123456789ab", "bpr-0123456789ab"
    shop.put(other, live)
    lose_alias(shop)
    shutil.rmtree(shop.db.parent)
    here = replace(shop.site(), places=Places(tmp_path))
    assert settle.look(here) is None
    pointer.switch(tmp_path / "releases", live)
    found = settle.look(here)
    assert found and found.version
    assert (found.kind, found.version.model_id) == ("unlogged", live)
    pointer.switch(tmp_path / "releases", "als-ffffffffffff")
    assert settle.look(here) is None


def test_without_a_champion_and_a_log_nothing_is_settled(shop: Shop) -> None:
    shop.stage("als-1")
    promote.promote(shop.site())
    assert shop.outcomes() == [("promote", "als-1", "promoted")]
