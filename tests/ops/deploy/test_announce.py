"""A deployment is told as what it came to; what is pending or failed is ill until all is well."""

from pathlib import Path

import pytest

from ops.alerts import outbox
from ops.deploy import announce, confirm, promote, rollback
from ops.deploy.service_client import Service
from recsys.program.errors import ServiceError
from recsys.statistics.error_budget import Try
from recsys.statistics.gate import Verdict
from tests.ops.conftest import NOW, Shop
from tests.ops.fake_service import FakeService

Fake = tuple[FakeService, Service]


def told(state: Path) -> list[tuple[str, str, str]]:
    return [(one.cause, one.kind, one.level) for one in outbox.notices(state)]


def test_a_promotion_is_news_each_time(shop: Shop) -> None:
    shop.put("als-1", "als-2")
    state = shop.site().state
    assert told(state) == [("deployment", "news", "info")] * 2
    last = outbox.notices(state)[-1]
    assert last.text == (
        "als-2 (version 2) is in production, before: als-1; no gate: staged models are promoted"
    )


def test_a_rollback_is_told_by_name(shop: Shop) -> None:
    shop.put("als-1", "als-2")
    rollback.roll_back(shop.site())
    state = shop.site().state
    assert told(state)[-1] == ("rollback", "news", "warning")
    text = outbox.notices(state)[-1].text
    assert text == "rolled back to als-1 (version 1), from als-2, by unknown"


def test_a_model_that_the_service_does_not_take_is_ill_until_one_is_taken(
    shop: Shop, fake: Fake
) -> None:
    state, service = fake
    shop.put("als-1", service=service)
    shop.stage("als-2")
    state.refused = {"als-2"}
    for _ in range(2):
        with pytest.raises(ServiceError):
            promote.promote(shop.site(service))
    folder = shop.site().state
    alerts = [one for one in outbox.notices(folder) if one.kind == "alert"]
    assert [(one.cause, one.level) for one in alerts] == [("deployment", "critical")]
    assert alerts[0].text.startswith("the promote of als-2 (version 2) failed: ")
    state.refused = set()
    promote.promote(shop.site(service))
    assert outbox.causes(folder) == []
    assert told(folder)[-2:] == [
        ("deployment", "news", "info"),
        ("deployment", "recovery", "critical"),
    ]


def test_what_is_pending_is_ill_until_it_is_served(
    shop: Shop, fake: Fake, offline: Service
) -> None:
    shop.put("als-1", service=offline)
    folder = shop.site().state
    [cause] = outbox.causes(folder)
    assert (cause.cause, cause.level) == ("deployment", "warning")
    assert confirm.confirm(shop.site(fake[1]))
    assert outbox.causes(folder) == []


def test_a_service_that_does_not_load_what_is_pending(
    shop: Shop, fake: Fake, offline: Service
) -> None:
    shop.put("als-1", service=offline)
    fake[0].refused = {"als-1"}
    with pytest.raises(ServiceError):
        confirm.confirm(shop.site(fake[1]))
    [cause] = outbox.causes(shop.site().state)
    assert cause.level == "critical"
    assert cause.text.startswith("loading als-1 (version 1) again failed: ")


@pytest.mark.parametrize(
    ("decision", "level"),
    [("PROMOTE", "info"), ("HOLD", "warning"), ("REJECT", "warning")],
)
def test_a_verdict(tmp_path: Path, decision: str, level: str) -> None:
    entry = Try(
        model_id="als-2", kind="refresh", year=2026, decision=decision, alpha=0.0
    )
    found = Verdict(decision, ("it is worse", "and more"), (), (), entry)
    announce.verdict(tmp_path, "als-2", found, NOW)
    [notice] = outbox.notices(tmp_path)
    assert (notice.cause, notice.level) == ("gate", level)
    assert notice.text == f"{decision} als-2: it is worse"
