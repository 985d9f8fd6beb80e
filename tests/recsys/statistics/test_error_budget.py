"""The year's chance of a false better, and how tries spend it."""

from dataclasses import replace
from math import pi

import pytest

from recsys.statistics.error_budget import (
    Kind,
    Try,
    former,
    level,
    refreshes,
)

ONE = Try(2026, "als-1", "new_recipe", "HOLD", 0.05 / 12, "als-0", "als-0")


def tries(count: int, alpha: float = 0.05 / 12, kind: Kind = "new_recipe") -> list[Try]:
    made = replace(ONE, alpha=alpha, kind=kind)
    return [replace(made, model_id=f"als-{number}") for number in range(count)]


def of(kind: Kind, found: list[Try], year: int = 2026) -> float:
    return level(kind, year, found, 0.05, 12)


def test_twelve_new_recipes_share_the_year_and_the_thirteenth_has_nothing() -> None:
    spent = []
    for _ in range(15):
        spent.append(of("new_recipe", tries_of(spent)))
    assert spent[:12] == pytest.approx([0.05 / 12] * 12)
    assert spent[12:] == [0, 0, 0]
    assert sum(spent) == pytest.approx(0.05)


def tries_of(spent: list[float]) -> list[Try]:
    return [replace(ONE, alpha=each) for each in spent]


def test_a_new_year_begins_anew() -> None:
    assert of("new_recipe", tries(12), 2027) == pytest.approx(0.05 / 12)


def test_only_new_recipes_count_for_new_recipes() -> None:
    others = [*tries(20, 0.01, "first"), *tries(20, 0.0, "refresh")]
    assert of("new_recipe", others) == pytest.approx(0.05 / 12)
    assert of("refresh", tries(3)) == 0


def test_what_is_left_is_all_that_can_be_spent() -> None:
    assert of("new_recipe", tries(2, 0.024)) == pytest.approx(0.002)
    assert of("new_recipe", tries(1, 0.06)) == 0


def test_first_models_have_ever_smaller_parts_that_never_end() -> None:
    spent: list[float] = []
    for _ in range(365):
        spent.append(
            of("first", [replace(each, kind="first") for each in tries_of(spent)])
        )
    assert spent[:3] == pytest.approx(
        [0.05 * 6 / pi**2 / square for square in (1, 4, 9)]
    )
    assert 0.0498 < sum(spent) < 0.05 and spent[-1] > 0


def test_a_hold_that_was_not_tested_costs_nothing_and_is_not_kept() -> None:
    untested = replace(ONE, alpha=0.0)
    assert of("new_recipe", [untested] * 12) == pytest.approx(0.05 / 12)
    assert former("als-1", [untested]) is None


def test_the_latest_tested_verdict_on_a_content_is_found_of_any_year() -> None:
    rejected = replace(ONE, year=2024, decision="REJECT")
    other = replace(ONE, model_id="als-2")
    assert former("als-1", [rejected, other]) == rejected
    assert former("als-1", [rejected, ONE, other]) == ONE
    assert former("als-3", [rejected, ONE]) is None
    refresh = replace(ONE, kind="refresh", alpha=0.0, over_anchor=0.0)
    assert former("als-1", [refresh]) == refresh


def test_refreshes_are_those_over_the_same_anchor() -> None:
    refresh = replace(ONE, kind="refresh", alpha=0.0)
    found = [
        replace(refresh, over_anchor=0.01),
        replace(refresh, over_anchor=0.5, anchor_id="als-9"),
        replace(refresh, over_anchor=None),
        replace(ONE, over_anchor=0.6),
        replace(refresh, over_anchor=-0.02),
    ]
    assert refreshes("als-0", found) == [0.01, -0.02]


def test_it_is_plain_values_for_json() -> None:
    assert Try(**ONE.as_json()) == ONE
