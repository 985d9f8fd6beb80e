"""A short campaign of promotions at once, and what would be seen if one went wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.damage import contention
from ops.deploy import deployment_log, promote
from ops.deploy.site import Site
from recsys.registry import store, versions


def test_two_processes_leave_one_in_production_after_each_promotion() -> None:
    assert contention.run(2, 3) == {contention.RIGHT: 6, "champion read": 6}


def test_what_is_wrong_would_be_seen(tmp_path: Path) -> None:
    contention.registered(tmp_path / "mlruns", 2)
    client = store.client(tmp_path / "mlruns")
    db = tmp_path / deployment_log.DATABASE
    site = Site(client, db, None, lambda: datetime.now(UTC))
    first, second = (contention.model_id(number) for number in range(2))
    assert contention.seen(site, first) == "0 in Production"
    promote.promote(site, first)
    assert contention.seen(site, first) == contention.RIGHT
    assert contention.seen(site, second) == "the log says another one"
    client.set_registered_model_alias(versions.MODEL, versions.CHAMPION, "2")
    assert contention.seen(site, first) == "the champion is another one"
    with pytest.warns(FutureWarning, match="transition_model_version_stage"):
        client.transition_model_version_stage(versions.MODEL, "2", "Production")
    assert contention.seen(site, first) == "2 in Production"
    store.dispose(client)
