"""What the gate is asked in the simulated shop."""

import numpy as np

from bench.gate.judged import PARTS, question
from bench.gate.shop import Shop


def test_a_question_has_all_that_a_refresh_is_judged_by() -> None:
    shop = Shop(100, np.random.default_rng(0))
    new, champion, anchor, popularity = (shop.model(1.0) for _ in range(4))
    asked = question(shop, "refresh", 3, new, champion, anchor, popularity)
    assert (asked.model_id, asked.kind, asked.year) == ("week-3", "refresh", 2026)
    assert asked.anchor is not None and asked.champion is not None
    assert (asked.anchor == shop.values(anchor)).all()
    assert (asked.champion == shop.values(champion)).all()
    assert asked.champion_id != asked.anchor_id == str(id(anchor))
    names = [each.name for each in asked.guardrails]
    assert names == ["coverage_at_10", *PARTS]
    assert [each.of for each in asked.guardrails] == [None, 10, 50, 20]


def test_the_champion_may_be_the_anchor_and_a_first_model_has_neither() -> None:
    shop = Shop(100, np.random.default_rng(0))
    new, champion, popularity = (shop.model(1.0) for _ in range(3))
    alone = question(shop, "refresh", 0, new, champion, champion, popularity)
    assert alone.anchor is None and alone.anchor_id == alone.champion_id
    first = question(shop, "first", 0, new, None, None, popularity)
    assert first.champion is None and first.guardrails == ()
