"""The court hears what was bought after the promotion, by the lists that were served."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ops.deploy import hearings, promote, rollback
from ops.deploy.hear import Courtroom
from ops.deploy.releases import Places
from ops.health import models
from recsys.statistics import court
from tests.ops.deploy.tasters import Tasters
from tests.ops.health.worlds import subject

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RULES = court.Params(level=0.05, fewest_users=20)
LATER = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def tasters(shop):
    return Tasters(shop, ZONE)


def room(tasters):
    db = tasters.shop.db
    return Courtroom(Places(tasters.folder), db, RULES, "ndcg_at_10", ZONE)


def check(tasters):
    return models._court(subject(tasters.folder, state=tasters.shop.db.parent))


def test_a_good_champion_has_nothing_against_it(tasters):
    assert room(tasters).hear(LATER) == [
        "Nothing is in production, so there is nobody to judge."
    ]
    tasters.train(0.3)
    promote.promote(tasters.site())
    assert room(tasters).hear(LATER)[0].startswith("0 users have bought something new")
    tasters.buy(LATER, 300)
    head, ruling = room(tasters).hear(LATER)
    assert head.startswith(
        "ndcg_at_10 of 300 users by what they have bought since: als-"
    )
    assert ruling.startswith(
        "not shown that popularity is better than the champion: -0."
    )
    assert (check(tasters).level, check(tasters).value) == (
        "ok",
        "nothing against the champion",
    )
    heard = hearings.last(tasters.shop.db)
    assert (heard.until, list(heard.cases)) == (LATER, ["popularity"])
    # what was heard is not heard again
    assert room(tasters).hear(LATER)[0].startswith("0 users have bought something new")
    tasters.buy(LATER + timedelta(days=7), 300, seed=1)
    (why,) = room(tasters).hear(LATER)
    assert why.startswith("0 users have bought something new")
    assert why.endswith("; 300 others were heard before.")
    tasters.buy(
        LATER + timedelta(days=8), 310, seed=2
    )  # ten of them for the first time
    assert room(tasters).hear(LATER)[0].startswith("10 users have bought")


def test_few_purchases_wait_for_the_next_hearing(tasters):
    tasters.train(0.3)
    promote.promote(tasters.site())
    tasters.buy(LATER, 12)
    assert room(tasters).hear(LATER)[0].startswith("12 users have bought something new")
    assert hearings.last(tasters.shop.db) is None
    tasters.buy(LATER + timedelta(days=1), 30, seed=1)
    assert "of 30 users" in room(tasters).hear(LATER)[0]


def test_a_former_champion_that_was_better_is_said_and_health_warns(tasters):
    """It is put below the gate, as a person can in MLflow's pages."""
    good = tasters.train(0.0)
    promote.promote(tasters.site())
    bad = tasters.train(0.9, recipe="r2")
    promote.promote(replace(tasters.site(), rules=None))
    for week in range(8):
        when = LATER + timedelta(weeks=week)
        tasters.buy(when, 75, seed=week, first=75 * week)
        head, former, popularity = room(tasters).hear(LATER)
    assert f"since: {bad} 0.1" in head or f"since: {bad} 0.0" in head
    assert f", {good} 0.2" in head
    assert former.startswith("the former champion is better than the champion: +0.")
    assert "`python runner.py rollback`" in former
    assert popularity.startswith("not shown that popularity is better")
    assert check(tasters).level == "warning"
    assert check(tasters).value == former
    rollback.roll_back(tasters.site())
    assert check(tasters).level == "ok"  # the case was against another champion


def test_a_champion_below_popularity_is_critical(tasters):
    tasters.train(0.0)
    promote.promote(tasters.site())
    case = court.Case(
        *("popularity", 2026, 1, tasters.shop.champion(), "popularity"), highest=9.0
    )
    hearings.append(tasters.shop.db, hearings.Heard(LATER, LATER, {"popularity": case}))
    found = check(tasters)
    assert (found.level, found.exit_code) == ("critical", 4)
    assert found.value.startswith("popularity is better than the champion")
