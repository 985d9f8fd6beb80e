"""The verdict: each kind, each reason, what it costs, and what it must not forget."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.statistics import gate
from recsys.statistics.error_budget import Try
from recsys.statistics.gate import Guardrail, decide
from tests.recsys.statistics.questions import (
    BASE,
    LOW,
    PARAMS,
    PASSED,
    USERS,
    asked,
    decision,
    moved,
    refreshed,
)

# ---- a refresh ----


def test_an_equal_refresh_is_promoted_and_spends_nothing() -> None:
    verdict = decide(asked("refresh", moved(0)), [], PARAMS)
    assert verdict.decision == PASSED and not verdict.kept
    assert [each.against for each in verdict.comparisons] == [
        "champion",
        "anchor",
        "popularity",
    ]
    assert verdict.entry == Try(
        2026, "als-1", "refresh", "PROMOTE", 0.0, "als-0", "als-a", 0.0
    )
    assert verdict.reasons[0].startswith("as good as the champion: ndcg_at_10 0.5000")
    assert not any("false better" in reason for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (-14, "PROMOTE"),  # -.0070 of the -.0074 that pass: .855 errors
        (-16, "HOLD"),
        (-50, "HOLD"),  # -.025: beyond the margin, but not surely beyond 3 %
        (-60, "REJECT"),  # -.030: surely below -.015
        (300, "PROMOTE"),
    ],
)
def test_a_refresh_may_lose_what_the_margin_leaves_beside_the_anchor(
    by: int, expected: str
) -> None:
    alone = {"anchor": None, "anchor_id": "als-0"}
    assert decision("refresh", moved(by), **alone) == expected


def test_the_level_beside_the_champion_is_a_looser_one() -> None:
    """-.0100 is above -.0126, 1.46 errors; the anchor itself is far below."""
    assert decision("refresh", moved(-20), anchor=BASE - 0.1) == PASSED
    assert decision("refresh", moved(-28), anchor=BASE - 0.1) == "HOLD"
    levels = {
        each.against: each.level
        for each in decide(asked("refresh", moved(0)), [], PARAMS).comparisons
    }
    assert levels == {"champion": 0.15, "anchor": 0.05, "popularity": 0.05}


def test_a_refresh_as_good_as_a_champion_that_has_crept_is_held_by_the_anchor() -> None:
    crept = moved(-30, base=BASE)
    verdict = decide(asked("refresh", crept, champion=crept), [], PARAMS)
    assert verdict.decision == "HOLD"
    assert verdict.reasons[0].startswith("not shown to be as good as the anchor")
    assert decision("refresh", crept, champion=crept, anchor=None) == PASSED


def test_a_refresh_far_below_the_anchor_is_rejected() -> None:
    crept = moved(-80)
    assert decision("refresh", crept, champion=crept) == "REJECT"


def test_the_last_refreshes_together_must_keep_to_the_anchor() -> None:
    before = [refreshed(-0.01), refreshed(-0.01), refreshed(-0.01)]
    verdict = decide(asked("refresh", moved(0)), before, PARAMS)
    assert verdict.decision == "HOLD"  # the mean is -.0075 of -.0074
    assert verdict.reasons[0].startswith("the last 4 refreshes do not surely keep")
    better = [*before, refreshed(0.0)]  # the first -.01 is one too many ago
    assert decide(asked("refresh", moved(0)), better, PARAMS).decision == PASSED
    other = [replace(each, anchor_id="als-b") for each in before]
    assert decide(asked("refresh", moved(0)), other, PARAMS).decision == PASSED


def test_a_broken_refresh_does_not_hold_the_mended_one() -> None:
    before = [refreshed(0.0), refreshed(0.0), refreshed(-0.5)]
    verdict = decide(asked("refresh", moved(0)), before, PARAMS)
    assert verdict.decision == PASSED  # it counts as -.0217
    assert any("the last 4 refreshes keep" in each for each in verdict.reasons)


def test_a_refresh_that_changes_nothing_is_promoted() -> None:
    assert decision("refresh", BASE.copy()) == PASSED


# ---- a new recipe ----


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (48, "PROMOTE"),  # .024 of .0229: 2.65 errors, at .05 / 12
        (44, "HOLD"),  # .022 would pass at .05, and at .01
        (0, "HOLD"),
        (-28, "HOLD"),  # -.014: 1.62 errors
        (-30, "REJECT"),
    ],
)
def test_a_new_recipe_must_be_better_at_a_twelfth_of_the_year(
    by: int, expected: str
) -> None:
    verdict = decide(asked("new_recipe", moved(by)), [], PARAMS)
    assert verdict.decision == expected
    assert verdict.entry.alpha == pytest.approx(0.05 / 12)
    assert verdict.entry.over_anchor is None
    assert "tested at 0.0042" in verdict.reasons[-1]


def test_the_anchor_has_no_say_in_a_new_recipe() -> None:
    assert decision("new_recipe", moved(60), anchor=BASE + 0.4) == PASSED


def test_the_thirteenth_new_recipe_of_a_year_is_held_until_january() -> None:
    tries = [
        Try(2026, f"als-{number}", "new_recipe", "HOLD", 0.05 / 12, "als-0")
        for number in range(100, 112)
    ]
    verdict = decide(asked("new_recipe", moved(100)), tries, PARAMS)
    assert (verdict.decision, verdict.entry.alpha) == ("HOLD", 0.0)
    assert verdict.comparisons == ()
    assert "January 2027" in verdict.reasons[0]
    later = asked("new_recipe", moved(100), year=2027)
    assert decide(later, tries, PARAMS).decision == PASSED
    assert decide(asked("refresh", moved(0)), tries, PARAMS).decision == PASSED
    assert decide(asked("new_recipe", moved(100)), tries[1:], PARAMS).decision == PASSED


# ---- a first model ----


def test_a_first_model_must_be_better_than_popularity() -> None:
    verdict = decide(asked("first", moved(0), popularity=LOW), [], PARAMS)
    assert verdict.decision == PASSED
    assert verdict.entry.alpha == pytest.approx(0.0304, abs=1e-4)
    assert [each.against for each in verdict.comparisons] == ["popularity"]


def test_a_first_model_no_better_than_popularity_is_held_even_where_it_is_worse() -> (
    None
):
    assert decision("first", moved(0), popularity=BASE) == "HOLD"
    assert decision("first", moved(-200), popularity=BASE) == "HOLD"


def test_each_further_first_model_is_tested_at_a_smaller_level() -> None:
    first = asked("first", moved(36), popularity=BASE)  # 2.08 errors: p .019
    assert decide(first, [], PARAMS).decision == PASSED
    one = Try(2026, "als-7", "first", "HOLD", 0.0304)
    again = decide(first, [one], PARAMS)
    assert (again.decision, again.comparisons[0].level) == (
        "HOLD",
        pytest.approx(0.0304 / 4, abs=1e-4),
    )


# ---- popularity and guardrails ----


def test_nothing_is_promoted_that_is_not_better_than_popularity() -> None:
    for kind, by in (("refresh", 0), ("new_recipe", 60)):
        verdict = decide(asked(kind, moved(by), popularity=moved(by)), [], PARAMS)
        assert verdict.decision == "HOLD"
        assert verdict.reasons[0].startswith("not shown to be better than popularity")
        worse = moved(by) + 0.01 * np.arange(USERS) / USERS + 0.1
        assert decision(kind, moved(by), popularity=worse) == "REJECT"


def guarded(*guardrails: Guardrail) -> gate.Verdict:
    return decide(asked("refresh", moved(0), guardrails=guardrails), [], PARAMS)


def test_coverage_may_fall_by_a_tenth() -> None:
    assert guarded(Guardrail("coverage_at_10", 0.73, 0.8)).decision == PASSED
    verdict = guarded(Guardrail("coverage_at_10", 0.71, 0.8))
    assert verdict.decision == "HOLD"  # a person may decide so, none rejects it
    assert verdict.reasons[0].startswith(
        "coverage_at_10 is lost: 0.7100 against 0.8000"
    )


def test_a_guardrail_of_users_is_held_by_four_errors() -> None:
    hits = np.full(200, 0.5)
    lost, some = moved(-60, 60, hits), moved(-10, 60, hits)
    held = guarded(Guardrail("newcomer_recall_at_10", lost, hits))
    assert held.decision == "HOLD"
    assert guarded(Guardrail("newcomer_recall_at_10", some, hits)).decision == PASSED
    assert [each.against for each in held.guardrails] == ["newcomer_recall_at_10"]


def test_a_share_with_its_number_of_users_has_an_error() -> None:
    assert guarded(Guardrail("cold", 0.25, 0.3, 400)).decision == PASSED
    assert guarded(Guardrail("cold", 0.15, 0.3, 400)).decision == "HOLD"


def test_a_guardrail_of_few_users_is_not_judged_and_said_so() -> None:
    few = np.zeros(19), np.ones(19)
    verdict = guarded(Guardrail("cold", *few), Guardrail("tail", 0.0, 0.5, 7))
    assert verdict.decision == PASSED and verdict.guardrails == ()
    assert verdict.reasons[-2:] == (
        "cold is not judged: 19 users, below 20",
        "tail is not judged: 7 users, below 20",
    )
    twenty = guarded(Guardrail("cold", np.zeros(20), np.ones(20)))
    assert twenty.decision == "HOLD" and len(twenty.guardrails) == 1
    unmoved = guarded(
        Guardrail("cold", moved(-4, 4, np.full(30, 0.5)), np.full(30, 0.5))
    )
    assert unmoved.decision == PASSED
    assert unmoved.reasons[-1] == "cold is not judged: 4 of 30 users differ"
