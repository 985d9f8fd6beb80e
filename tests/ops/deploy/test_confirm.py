"""What is in production is asked for again: pending deployments, and services that fell back."""

import pytest

from ops.deploy import confirm, deployment_log, promote
from recsys.program.errors import ServiceError


def test_a_service_that_serves_it_is_left_alone(shop, fake, capsys):
    state, service = fake
    shop.put("als-1", service=service)
    before = len(deployment_log.rows(shop.db))
    assert not confirm.confirm(shop.site(service))
    assert state.calls[-2:] == ["/health", "/model_info"]
    assert len(deployment_log.rows(shop.db)) == before


def test_a_service_that_fell_back_is_told_again(shop, fake, capsys):
    state, service = fake
    shop.put("als-1", "als-2", service=service)
    state.serving = "als-1"
    promote.promote(shop.site(service))
    assert state.serving == "als-2"
    rows = deployment_log.rows(shop.db)
    assert (rows[-1].action, rows[-1].status) == ("confirm", "verified")
    assert "Production: als-2" in capsys.readouterr().out


def test_one_that_cannot_load_it_any_more_goes_back_and_is_said(shop, fake):
    state, service = fake
    shop.put("als-1", "als-2", service=service)
    state.serving, state.refused = "als-0", {"als-2"}
    with pytest.raises(ServiceError, match=r"als-2 .*in Production.*als-1 is serving"):
        promote.promote(shop.site(service))
    assert (state.serving, shop.champion()) == ("als-1", "als-2")
    assert shop.outcomes()[-1] == ("promote", "als-2", "verified")  # it ran once


def test_unclear_is_neither(shop, fake, offline):
    state, service = fake
    shop.put("als-1", service=offline)
    state.answer = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\nx")
    with pytest.raises(ServiceError, match="unclear whether"):
        confirm.confirm(shop.site(service))
    assert shop.outcomes()[-1] == ("promote", "als-1", "pending")


def test_down_stays_pending_and_what_ran_needs_nothing(shop, fake, offline):
    _, service = fake
    shop.put("als-1", service=offline)
    assert confirm.confirm(shop.site(offline))
    assert not confirm.confirm(shop.site())
    promote.promote(shop.site(service))
    assert not confirm.confirm(shop.site(offline))
    assert shop.outcomes()[-1] == ("promote", "als-1", "verified")
