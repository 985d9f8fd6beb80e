"""What is live, how it got there, and what waits: from a real registry and a real log."""

import shutil
from datetime import timedelta

import pytest

from ops.deploy import rollback, verdicts
from ops.deploy.verdicts import Approval
from ops.explain import live
from ops.explain.moments import Clock
from recsys.program import place
from recsys.registry import versions
from tests.ops.conftest import NOW, Shop
from tests.ops.explain.rows import CLOCK
from tests.ops.explain.worlds import deploy

FIRST, SECOND = "als-000000000001", "als-000000000002"
HERE = Clock(NOW + timedelta(days=1), CLOCK.zone)
VERDICT = {"decision": "HOLD", "reasons": ["not shown to be better", "more"]}


def test_nothing_is_live_before_the_first_deployment(shop: Shop) -> None:
    assert live.live(shop.db) is None
    assert live.trouble(shop.mlruns.parent, shop.mlruns, shop.db) == []
    assert live.waiting(shop.mlruns, shop.db) is None


def test_promoted_in_place_of_another(shop: Shop) -> None:
    shop.put(FIRST, SECOND)
    found = live.live(shop.db)
    assert found
    assert found.deployment.model_id == SECOND
    assert live.how(found, HERE) == [
        f"promoted in place of {FIRST}: no service to ask",
        "no gate: staged models are promoted",
    ]


def test_rolled_back_to(shop: Shop) -> None:
    shop.put(FIRST, SECOND)
    rollback.roll_back(shop.site())
    found = live.live(shop.db)
    assert found
    assert found.deployment.model_id == FIRST
    assert live.how(found, HERE)[0].startswith(f"rolled back to in place of {SECOND}")


def test_deployed_again_it_is_live_since_the_first_time(shop: Shop) -> None:
    deploy(shop, FIRST, "verified")
    first = live.live(shop.db)
    deploy(shop, FIRST, "verified")
    deploy(shop, SECOND, "failed")
    again = live.live(shop.db)
    assert first and again
    assert again.since == first.since < again.deployment.at


def test_a_person_who_approved_it_stands_with_the_reason(shop: Shop) -> None:
    approval = Approval(shop.clock(), FIRST, "ann@shop", "the buyers asked for it")
    verdicts.approve(shop.db, approval)
    deploy(shop, FIRST, "verified", "gate: HOLD, approved by ann@shop: the buyers")
    found = live.live(shop.db)
    assert found and found.approval == approval
    assert live.how(found, HERE) == [
        "promoted by ann@shop: said so",
        "gate: HOLD, approved by ann@shop: the buyers",
        "approved by ann@shop 2026-03-01 12:00: the buyers asked for it",
    ]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("pending", "pending, the service has not confirmed it"),
        ("verified", "said so"),
        ("promoted", "no service to ask"),
    ],
)
def test_how_it_was_confirmed(shop: Shop, status: str, words: str) -> None:
    deploy(shop, FIRST, status)
    found = live.live(shop.db)
    assert found
    assert live.how(found, HERE)[0].startswith(f"promoted by ann@shop: {words}")


def test_what_went_wrong_is_said(shop: Shop) -> None:
    root = shop.mlruns.parent
    versions.set_production(shop.client, shop.register(FIRST))
    deploy(shop, FIRST, "verified")
    deploy(shop, SECOND, "failed")
    (root / "releases").mkdir()
    (root / "releases" / "current").write_text(f"{SECOND}\n")
    assert live.trouble(root, shop.mlruns, shop.db) == [
        f"the last try failed: promote of {SECOND}: said so",
        f"releases/current names {SECOND}: a service that reads it serves that; "
        "`python runner.py promote` mends it",
    ]
    deploy(shop, SECOND, "started")
    assert live.trouble(root, shop.mlruns, shop.db)[0] == (
        f"the promote of {SECOND} was interrupted; `python runner.py promote` finishes it"
    )


def test_a_log_that_was_lost_does_not_make_the_registrys_champion_nobody(
    shop: Shop,
) -> None:
    shop.put(FIRST)
    for path in shop.db.parent.glob("runner.db*"):
        path.unlink()
    (said,) = live.trouble(shop.mlruns.parent, shop.mlruns, shop.db)
    assert said == (
        f"champion of the registry: {FIRST} (version 1); by the deployment log: none; "
        "`python runner.py promote` writes it down"
    )


def test_a_registry_that_has_lost_what_is_live_is_told(shop: Shop) -> None:
    shop.put(FIRST)
    root = shop.mlruns.parent
    shop.client.delete_registered_model_alias("recommender", "champion")
    (said,) = live.trouble(root, shop.mlruns, shop.db)
    assert said.startswith("the registry has no champion; by the deployment log: als-")
    shutil.rmtree(shop.parted() / "mlruns")
    (said,) = live.trouble(root, shop.mlruns, shop.db)
    assert said.startswith(
        f"{FIRST} (version 1) is live by the deployment log, but not"
    )
    assert "put a copy of mlruns/ back" in said


def test_a_release_that_is_not_there_is_told(shop: Shop) -> None:
    shop.put(FIRST)
    root = shop.mlruns.parent
    end = "a service that starts has no model; `python runner.py promote` mends it"
    (said,) = live.trouble(root, shop.mlruns, shop.db)
    assert (
        said == f"releases/current is missing, though {FIRST} is in production: {end}"
    )
    (root / "releases").symlink_to(root / "share")
    (said,) = live.trouble(root, shop.mlruns, shop.db)
    assert "a link to" in said and said.endswith(place.BACK)
    (root / "releases").unlink()
    (root / "releases").mkdir()
    (root / "releases/current").write_text(f"{FIRST}\n")
    (said,) = live.trouble(root, shop.mlruns, shop.db)
    assert said == f"releases/{FIRST} is missing, though it is in production: {end}"
    (root / "releases" / FIRST).mkdir()
    assert live.trouble(root, shop.mlruns, shop.db) == []


def test_what_waits_in_staging_stands_with_its_newest_verdict(shop: Shop) -> None:
    shop.stage(FIRST)
    found = live.waiting(shop.mlruns, shop.db)
    assert found
    assert (found.version.model_id, found.verdict) == (FIRST, live.NOT_YET)
    verdicts.append(shop.db, FIRST, VERDICT, shop.clock())
    found = live.waiting(shop.mlruns, shop.db)
    assert found and found.verdict == "gate: HOLD, not shown to be better"
