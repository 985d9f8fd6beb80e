"""Rollback: to what really ran, never to and fro, and after a kill -9 exactly one step back."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.deploy import deployment_log, production, promote, rollback
from recsys.program.errors import GateError, ServiceError
from recsys.registry import versions
from tests.worlds import snapshot

ROOT = Path(__file__).parents[3]


def test_back_to_the_former_and_the_one_left_is_marked(shop, capsys):
    shop.put("als-1", "als-2")
    capsys.readouterr()
    rollback.roll_back(shop.site())
    assert (
        capsys.readouterr().out
        == "Production: als-1 (version 1), before: als-2 (version 2, archived).\n"
    )
    assert shop.champion() == "als-1"
    left = versions.find(shop.client, "als-2")
    assert (left.stage, left.rolled_back) == ("Archived", True)
    assert not versions.stage(shop.client, left.number)
    assert shop.outcomes()[-1] == ("rollback", "als-1", "promoted")


def test_twice_goes_two_back_and_then_no_further(shop):
    shop.put("als-1", "als-2", "als-3")
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-2"
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-1"
    with pytest.raises(GateError, match="nothing further back"):
        rollback.roll_back(shop.site())
    assert shop.champion() == "als-1"


def test_nothing_in_production(shop):
    shop.stage("als-1")
    with pytest.raises(GateError, match="nothing is in Production"):
        rollback.roll_back(shop.site())


def test_a_champion_that_was_set_by_hand_has_no_deployment_before_it(shop):
    versions.set_production(shop.client, shop.stage("als-1"))
    with pytest.raises(GateError, match="nothing was deployed yet"):
        rollback.roll_back(shop.site())


def test_what_never_ran_is_passed_over(shop, fake, offline):
    _, service = fake
    shop.put("als-1", service=service)
    shop.put("als-2", service=offline)
    shop.put("als-3", service=service)
    rollback.roll_back(shop.site(service))
    assert shop.champion() == "als-1"


def test_a_target_that_is_gone_or_marked_is_passed_over_and_said(shop, capsys):
    shop.put("als-1", "als-2", "als-3", "als-4")
    shop.client.delete_model_version(versions.MODEL, "3")
    versions.mark_rolled_back(shop.client, 2)
    rollback.roll_back(shop.site())
    assert shop.champion() == "als-1"
    assert capsys.readouterr().out.splitlines()[-3:-1] == [
        "Passed over: als-3 (version 3) is no longer in the registry.",
        "Passed over: als-2 (version 2) was rolled back itself.",
    ]


def test_all_targets_gone(shop):
    shop.put("als-1", "als-2")
    shop.client.delete_model_version(versions.MODEL, "1")
    with pytest.raises(GateError, match="nothing further back"):
        rollback.roll_back(shop.site())
    assert shop.champion() == "als-2"


def test_to_one_that_is_named(shop, capsys):
    shop.put("als-1", "als-2", "als-3")
    for wrong in ("als-3", "als-9"):
        with pytest.raises(GateError, match=f"'{wrong}' did not run before als-3"):
            rollback.roll_back(shop.site(), wrong)
    rollback.plan(shop.site(), "als-1")
    assert "Would roll back to als-1 (version 1) and leave als-3" in (
        capsys.readouterr().out
    )
    assert shop.champion() == "als-3"
    rollback.roll_back(shop.site(), "als-1")
    assert shop.champion() == "als-1"
    with pytest.raises(GateError, match="nothing further back"):
        rollback.roll_back(shop.site())
    with pytest.raises(GateError, match="or was left itself"):
        rollback.roll_back(shop.site(), "als-3")


def test_a_plan_changes_nothing(shop):
    shop.put("als-1", "als-2")
    before = snapshot(shop.parted())
    rollback.plan(shop.site())
    assert snapshot(shop.parted()) == before


def test_the_service_refuses_the_former(shop, fake):
    state, service = fake
    shop.put("als-1", "als-2", service=service)
    state.refused = {"als-1"}
    with pytest.raises(
        ServiceError,
        match=r"rollback of als-1.*the former model als-2 is serving again",
    ):
        rollback.roll_back(shop.site(service))
    assert (state.serving, shop.champion()) == ("als-2", "als-2")
    assert not versions.find(shop.client, "als-2").rolled_back
    assert shop.outcomes()[-1] == ("rollback", "als-1", "failed")


def test_offline_rollback_is_confirmed_by_a_later_promote(shop, fake, offline):
    state, service = fake
    shop.put("als-1", "als-2", service=service)
    rollback.roll_back(shop.site(offline))
    assert (shop.champion(), state.serving) == ("als-1", "als-2")
    promote.promote(shop.site(service))
    assert state.serving == "als-1"
    assert shop.outcomes()[-1] == ("rollback", "als-1", "verified")


def test_a_model_that_was_rolled_back_can_be_promoted_by_hand(shop):
    shop.put("als-1", "als-2")
    rollback.roll_back(shop.site())
    versions.unmark_rolled_back(shop.client, 2)
    assert versions.stage(shop.client, 2)
    promote.promote(shop.site())
    assert shop.champion() == "als-2"
    assert (
        production.rollback_targets(deployment_log.rows(shop.db))[0].model_id == "als-1"
    )


def test_killed_anywhere_and_run_again_is_one_step(shop, kill_points, fake):
    state, service = fake
    shop.put("als-1", "als-2", "als-3", service=service)

    def reset():
        state.serving = "als-3"

    for victim in kill_points(shop, "rollback", service, reset):
        rollback.roll_back(victim.site(service))
        assert (victim.champion(), state.serving) == ("als-2", "als-2")
        assert victim.outcomes()[3:] == [("rollback", "als-2", "verified")]
        assert versions.find(victim.client, "als-3").rolled_back


def test_killed_and_promote_runs_next(shop, kill_points):
    shop.put("als-1", "als-2")
    for effects, victim in enumerate(kill_points(shop, "rollback")):
        promote.promote(victim.site())
        begun = effects > 0
        assert victim.champion() == ("als-1" if begun else "als-2")
        statuses = [status for _, _, status in victim.outcomes()]
        assert statuses == ["promoted"] * (3 if begun else 2)


def test_rollback_after_a_promotion_that_was_killed_undoes_it(shop, kill_points):
    shop.put("als-1")
    shop.stage("als-2")
    shop.stage("als-3")
    for effects, victim in enumerate(kill_points(shop, "promote")):
        if effects:
            rollback.roll_back(victim.site())
            assert victim.champion() == "als-1"
            assert versions.find(victim.client, "als-3").rolled_back


def test_the_command_without_a_store(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ops.deploy.rollback",
            "--params",
            str(ROOT / "params.yaml"),
            "--mlruns",
            str(tmp_path / "mlruns"),
            "--state",
            str(tmp_path / "state"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
