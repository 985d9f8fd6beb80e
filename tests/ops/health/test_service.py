"""The checks of the service beside the log; ../deploy/test_behaviours.py has the bad ones."""

from datetime import UTC, datetime

import pytest

from ops.alerts import outbox
from ops.deploy import deployment_log
from ops.health import service as health
from ops.health.service import WHO, check_latency
from tests.ops.health.worlds import LIMITS, check_service, subject

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
    assert outbox.causes(shop.db.parent) == []


def test_a_look_by_hand_confirms_nothing(shop, fake, offline):
    state, service = fake
    shop.put("als-1", service=offline)
    state.serving = "als-1"
    before = len(deployment_log.rows(shop.db))
    looked = subject(shop.mlruns.parent, NOW, service=service, state=shop.db.parent)
    assert health.look(looked)[0].level == "ok"
    assert len(deployment_log.rows(shop.db)) == before


def test_a_service_without_a_model_says_what_to_do(shop, fake):
    state, service = fake
    shop.put("als-1", service=service)
    state.serving = ""
    found = look(shop, service)
    assert found.level == "critical"
    assert "has no model, but als-1 is in production" in found.next_step


def test_what_the_service_finds_wrong_with_itself_is_a_warning(shop, fake):
    state, service = fake
    shop.put("als-1", service=service)
    state.problem = "releases/hidden.txt: not UTF-8 text"
    looked = subject(shop.mlruns.parent, NOW, service=service, state=shop.db.parent)
    first, *more = health.look(looked)
    assert (first.level, first.next_step) == ("warning", state.problem)
    assert [check.name for check in more] == ["golden", "latency"]


@pytest.mark.parametrize(
    ("seconds", "level"), [([1.0, 1.0, 9.0], "ok"), ([0.1, 1.1, 1.2], "warning")]
)
def test_latency_is_that_of_the_middle_answer(seconds, level):
    found = check_latency(seconds, LIMITS)
    assert found.level == level
    assert bool(found.next_step) is (level == "warning")
