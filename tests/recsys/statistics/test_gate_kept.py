"""What was judged before, and what cannot be judged."""

import json
from typing import Any

import numpy as np
import pytest

from recsys.statistics.error_budget import Try
from recsys.statistics.gate import Guardrail, decide
from tests.recsys.statistics.questions import (
    BASE,
    PARAMS,
    PASSED,
    asked,
    decision,
    moved,
)

# ---- what was judged before, and what cannot be judged ----


@pytest.mark.parametrize("before", ["HOLD", "REJECT", "PROMOTE"])
def test_the_same_content_keeps_its_verdict_at_no_cost(before: Any) -> None:
    tried = Try(2025, "als-1", "new_recipe", before, 0.0042, "als-0")
    verdict = decide(asked("new_recipe", moved(200)), [tried], PARAMS)
    assert (verdict.decision, verdict.kept, verdict.entry) == (before, True, tried)
    assert verdict.reasons[0].endswith("the same content keeps its verdict")


def test_a_promotion_that_was_against_another_champion_is_not_kept() -> None:
    tried = Try(2026, "als-1", "new_recipe", "PROMOTE", 0.0042, "als-b")
    verdict = decide(asked("new_recipe", moved(200)), [tried], PARAMS)
    assert (verdict.decision, verdict.kept) == ("HOLD", True)
    assert "another champion (als-b)" in verdict.reasons[0]


def test_below_twenty_users_all_is_held_at_no_cost() -> None:
    few, none = np.ones(19), np.zeros(19)
    for kind in ("first", "refresh", "new_recipe"):
        given = {} if kind == "first" else {"champion": none}
        question = asked(kind, few, popularity=none, **given)  # type: ignore[arg-type] # one of three kinds, which mypy takes for any text
        verdict = decide(question, [], PARAMS)
        assert (verdict.decision, verdict.entry.alpha) == ("HOLD", 0)
        assert verdict.reasons == ("19 test users; nothing is compared below 20",)
    twenty = asked("first", np.ones(20), popularity=np.zeros(20))
    assert decide(twenty, [], PARAMS).decision == PASSED


def test_what_was_held_untested_is_tested_when_it_comes_again() -> None:
    untested = Try(2026, "als-1", "refresh", "HOLD", 0.0, "als-0", "als-a")
    assert decide(asked("refresh", moved(0)), [untested], PARAMS).decision == PASSED


def test_a_champion_is_needed_but_for_a_first_model() -> None:
    with pytest.raises(ValueError, match="als-1: refresh with none champion"):
        decision("refresh", moved(0), champion=None)
    with pytest.raises(ValueError, match="als-1: first with one champion"):
        decision("first", moved(0), champion=BASE)


def test_the_verdict_is_plain_values_for_json() -> None:
    guardrails = (Guardrail("coverage_at_10", 0.8, 0.8),)
    verdict = decide(asked("refresh", moved(0), guardrails=guardrails), [], PARAMS)
    row = verdict.as_json()
    assert json.loads(json.dumps(row)) == row
    assert row["comparisons"][1]["against"] == "anchor"
    assert row["comparisons"][1]["passed"] and row["guardrails"][0]["passed"]
    assert Try(**row["entry"]) == verdict.entry
