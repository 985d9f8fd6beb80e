"""The check of the service beside the log; tests/ops/deploy/test_behaviours.py has the bad ones."""

from datetime import UTC, datetime

from ops.deploy import deployment_log
from ops.health.service import WHO, check_service

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def look(shop, service):
    return check_service(service, shop.mlruns.parent, shop.db.parent, NOW)


def test_none_is_configured(shop):
    assert look(shop, None).value == "not configured"


def test_before_the_first_deployment_it_is_enough_that_it_answers(shop, fake):
    assert look(shop, fake[1]).level == "ok"
    assert not shop.db.exists()


def test_what_it_serves_is_said_and_nothing_is_written(shop, fake):
    state, service = fake
    shop.put("als-1", service=service)
    before = len(deployment_log.rows(shop.db))
    assert look(shop, service).value == f"{service.url} serves als-1"
    state.serving = "als-0"
    found = look(shop, service)
    assert (found.level, found.exit_code) == ("critical", 7)
    assert "runner.py promote" in found.next_step
    assert len(deployment_log.rows(shop.db)) == before
    assert state.serving == "als-0"


def test_a_pending_deployment_that_is_served_by_now_is_confirmed_once(
    shop, fake, offline
):
    state, service = fake
    shop.put("als-1", service=offline)
    assert look(shop, offline).value == "down"
    state.serving = "als-1"
    for _ in range(2):
        assert look(shop, service).level == "ok"
    rows = deployment_log.rows(shop.db)
    assert [(row.action, row.status, row.who) for row in rows[2:]] == [
        ("confirm", "verified", WHO)
    ]
    assert not any(call.startswith("/reload") for call in state.calls)
