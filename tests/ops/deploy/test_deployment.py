"""The steps of a deployment: each way it can end with a service, and a kill -9 between any two."""

import os
import signal
from dataclasses import replace

import pytest

from ops.deploy import confirm, deployment, deployment_log, production, promote
from recsys.program.errors import ServiceError
from recsys.registry import versions

# what is asked after a reload: what it serves, and at the end whether it still does
INFO = ["/model_info", "/model_info"]

# ---- with a service ----


def test_the_service_loads_it_before_the_registry_moves(shop, fake, capsys):
    state, service = fake
    shop.stage("als-1")
    promote.promote(shop.site(service))
    assert state.calls == ["/health", "/model_info", "/reload_model als-1", *INFO]
    assert shop.outcomes() == [("promote", "als-1", "verified")]
    assert (
        f"{service.url} serves it: id, manifest hash, generation 2."
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("flaw", ["refused", "ignored"])
def test_a_model_that_the_service_does_not_take(shop, fake, flaw):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    setattr(state, flaw, {"als-2"})
    with pytest.raises(
        ServiceError,
        match=r"the former model als-1 is serving again \(id.*\). The registry is unchanged",
    ):
        promote.promote(shop.site(service))
    assert (state.serving, shop.champion()) == ("als-1", "als-1")
    assert state.calls[-3:] == ["/reload_model als-1", *INFO]
    assert shop.stages() == {"als-1": "Production", "als-2": "Staging"}
    assert shop.outcomes()[-1] == ("promote", "als-2", "failed")
    last = production.deployments(deployment_log.rows(shop.db))[-1]
    assert "als-1 is serving again" in last.detail


def test_the_former_cannot_be_loaded_either(shop, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    state.refused = {"als-1", "als-2"}
    with pytest.raises(
        ServiceError, match=r"als-1 could not be loaded again either: .*HTTP 500"
    ):
        promote.promote(shop.site(service))
    assert shop.champion() == "als-1"


def test_the_first_one_fails_and_there_is_no_former(shop, fake):
    state, service = fake
    shop.stage("als-1")
    state.refused = {"als-1"}
    with pytest.raises(ServiceError, match="there is no former model to go back to"):
        promote.promote(shop.site(service))
    assert shop.champion() is None


def test_offline_is_pending_until_the_service_confirms(shop, fake, offline, capsys):
    state, service = fake
    shop.stage("als-1")
    promote.promote(shop.site(offline))
    assert "Pending: " in capsys.readouterr().out
    assert (shop.champion(), shop.outcomes()) == (
        "als-1",
        [("promote", "als-1", "pending")],
    )
    promote.promote(shop.site(offline))
    assert shop.outcomes() == [("promote", "als-1", "pending")]
    promote.promote(shop.site(service))
    assert state.serving == "als-1"
    assert shop.outcomes() == [("promote", "als-1", "verified")]
    assert [row.action for row in deployment_log.rows(shop.db)] == [
        "promote",
        "promote",
        "confirm",
    ]
    promote.promote(shop.site(service))
    assert len(deployment_log.rows(shop.db)) == 3


def test_unclear_moves_nothing_and_tells_nothing(shop, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    before = state.calls.copy()

    def broken(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<html>")

    state.answer = broken
    with pytest.raises(ServiceError, match=r"unclear whether.*told nothing.*unchanged"):
        promote.promote(shop.site(service))
    assert state.calls == [*before, "/health"]
    assert (shop.champion(), state.serving) == ("als-1", "als-1")
    assert shop.outcomes()[-1] == ("promote", "als-2", "failed")


def test_pending_that_the_service_refuses_later(shop, fake, offline):
    state, service = fake
    shop.put("als-1", service=service)
    shop.put("als-2", service=offline)
    state.refused = {"als-2"}
    with pytest.raises(
        ServiceError,
        match=r"als-2.*in Production in the registry, but.*als-1 is serving again",
    ):
        promote.promote(shop.site(service))
    assert state.serving == "als-1"
    assert shop.outcomes()[-1] == ("promote", "als-2", "pending")
    assert (
        production.rollback_targets(deployment_log.rows(shop.db))[0].model_id == "als-1"
    )


# ---- kill -9 between any two steps ----


def test_killed_anywhere_and_run_again(shop, kill_points):
    shop.put("als-1")
    shop.stage("als-2")
    for victim in kill_points(shop, "promote"):
        promote.promote(victim.site())
        assert victim.champion() == "als-2"
        assert victim.stages() == {"als-1": "Archived", "als-2": "Production"}
        assert victim.outcomes() == [
            ("promote", "als-1", "promoted"),
            ("promote", "als-2", "promoted"),
        ]
        assert versions.challenger(victim.client) is None


def test_killed_anywhere_with_a_service(shop, kill_points, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")

    def reset():
        state.serving = "als-1"

    for victim in kill_points(shop, "promote", service, reset):
        promote.promote(victim.site(service))
        assert (victim.champion(), state.serving) == ("als-2", "als-2")
        assert victim.outcomes() == [
            ("promote", "als-1", "verified"),
            ("promote", "als-2", "verified"),
        ]


def test_killed_and_a_newer_challenger_comes(shop, kill_points, fake):
    """An intent that had not moved the registry is written off; one that had is finished, then the
    newer one.
    """
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    endings = set()
    for victim in kill_points(shop, "promote", service):
        victim.stage("als-3")
        promote.promote(victim.site(service))
        assert (victim.champion(), state.serving) == ("als-3", "als-3")
        assert victim.outcomes()[-1] == ("promote", "als-3", "verified")
        endings.add(
            tuple(status for _, model, status in victim.outcomes() if model == "als-2")
        )
    assert endings == {(), ("failed",), ("pending",)}


def test_killed_and_the_challenger_was_withdrawn(shop, killer, fake):
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    assert (
        os.WTERMSIG(killer("promote", 2, shop.parted(), service.url)) == signal.SIGKILL
    )
    assert state.serving == "als-2"
    shop.client.delete_model_version(versions.MODEL, "2")
    promote.promote(shop.site(service))
    assert (shop.champion(), state.serving) == ("als-1", "als-1")
    assert shop.outcomes()[-1] == ("promote", "als-2", "failed")


def test_without_an_interrupted_deployment_there_is_nothing_to_finish(shop, capsys):
    shop.put("als-1")
    capsys.readouterr()
    assert deployment.finish_interrupted(shop.site()) is None
    assert not confirm.confirm(shop.site())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_interrupted_and_another_machine_has_deployed(shop, action):
    """What it has put into production was judged after this intent: it stays."""
    shop.put("als-1", "als-2")
    former = shop.register("als-3")
    versions.set_production(shop.client, former)
    shop.stage("als-4")
    target = 4 if action == "promote" else 1
    intent = deployment_log.Intent(
        action=action,
        model_id=f"als-{target}",
        version=target,
        former_model_id="als-2",
        former_version=2,
        model_created_at=shop.clock(),
    )
    deployment_log.begin(shop.db, intent, shop.clock())
    finished = deployment.finish_interrupted(shop.site())
    assert (finished.status, shop.champion()) == ("failed", "als-3")
    intent = replace(intent, former_model_id="als-3", former_version=former)
    deployment_log.begin(shop.db, intent, shop.clock())
    finished = deployment.finish_interrupted(shop.site())
    assert (finished.status, shop.champion()) == ("promoted", f"als-{target}")
