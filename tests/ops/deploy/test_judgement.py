"""What the gate is asked: kinds by lineage, the anchor by the ledger, guardrails by the users."""

from zoneinfo import ZoneInfo

import pytest

from ops.deploy import judgement, promote
from recsys.registry import versions
from tests.ops.deploy.tasters import Tasters

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def tasters(shop):
    return Tasters(shop, ZONE)


def asked(tasters):
    client, site = tasters.shop.client, tasters.site()
    rivals = versions.challenger(client), versions.champion(client)
    bare = judgement.bare(site, *rivals)
    return judgement.with_figures(bare, judgement.judged(site, bare), "ndcg_at_10")


def test_a_first_model_has_nobody_beside_it(tasters):
    model_id = tasters.train(0.0)
    found = asked(tasters)
    assert (found.kind, found.model_id, found.year) == ("first", model_id, 2026)
    assert len(found.challenger) == len(found.popularity) == tasters.users
    assert found.champion is found.anchor is found.champion_id is found.anchor_id
    assert found.guardrails == ()


def test_a_refresh_has_the_recipe_of_the_champion_and_a_new_recipe_another(tasters):
    first = tasters.train(0.3)
    promote.promote(tasters.site())
    kinds = {}
    for seed, recipe in ((1, "r1"), (2, "r2")):
        tasters.train(0.3, recipe=recipe, seed=seed)
        found = asked(tasters)
        kinds[recipe] = found.kind
        assert (found.champion_id, found.anchor_id, found.anchor) == (
            first,
            first,
            None,
        )
    assert kinds == {"r1": "refresh", "r2": "new_recipe"}
    number = tasters.shop.register("als-0123456789ab")
    by_hand = judgement.bare(
        tasters.site(),
        next(v for v in versions.versions(tasters.shop.client) if v.number == number),
        versions.champion(tasters.shop.client),
    )
    assert by_hand.kind == "new_recipe"  # nobody knows what it was made of


def test_the_anchor_is_the_newest_that_was_no_refresh_and_goes_back_with_a_rollback(
    tasters,
):
    first = tasters.train(0.3)
    promote.promote(tasters.site())
    refreshed = tasters.train(0.3, seed=3)
    promote.promote(tasters.site())
    better = tasters.train(0.0, recipe="r2")
    found = asked(tasters)
    assert (found.champion_id, found.anchor_id) == (refreshed, first)
    promote.promote(tasters.site())
    tasters.train(0.0, recipe="r2", seed=5)
    assert asked(tasters).anchor_id == better


def test_the_guardrails_are_of_the_same_users(tasters):
    tasters.train(0.3)
    promote.promote(tasters.site())
    tasters.train(0.2, recipe="r2")
    coverage, cold, tail, newcomers = asked(tasters).guardrails
    assert [one.name for one in (coverage, cold, tail, newcomers)] == [
        "coverage_at_10",
        "cold_item_recall_at_10",
        "tail_recall_at_10",
        "newcomer_recall_at_10",
    ]
    assert 0 < coverage.champion <= 1 and coverage.of is None
    assert cold.of == 0  # no item of this shop is cold
    assert 0 < tail.of < tasters.users == newcomers.of
    assert len(tail.challenger) == len(tail.champion)


def test_nobody_judges_whose_purchase_a_warm_start_has_learned_from(tasters):
    tasters.train(0.3)
    promote.promote(tasters.site())
    tasters.train(0.3, recipe="r2", began_at="als-0123456789ab")
    assert asked(tasters).left_out == (0, 1)
