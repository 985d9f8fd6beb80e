"""Chains of refreshes, short: the anchor holds quality, and equal ones are promoted."""

import pytest

from bench.gate.refreshes import (
    Chain,
    Outcome,
    chains,
    outcome,
    pooled,
    pooled_row,
    row,
)
from recsys.statistics import gate


def test_equal_refreshes_are_promoted_in_most_weeks(gate_params: gate.Params) -> None:
    assert outcome(Chain(1000, 0.0), 10, 1, gate_params).promoted >= 0.6


def test_worse_ones_keep_to_the_anchor_and_without_it_they_do_not(
    gate_params: gate.Params,
) -> None:
    held = outcome(Chain(1000, 0.5), 10, 1, gate_params)
    free = outcome(Chain(1000, 0.5, anchored=False), 10, 1, gate_params)
    assert held.below[0] <= 1.0 and held.promoted < free.promoted
    assert not free.kept and free.below[0] > 1.0


def test_a_chain_is_the_same_for_the_same_seed(gate_params: gate.Params) -> None:
    first, again, other = (
        outcome(Chain(300, 0.25), 2, seed, gate_params) for seed in (1, 1, 2)
    )
    assert first == again != other


def test_kept_is_at_most_a_margin_and_a_fifth_below() -> None:
    found = Outcome(Chain(300, 0.5), 9, 0.1, 0.5, (0.0, 1.2), 0.88)
    assert found.kept
    assert not Outcome(found.chain, 9, 0.1, 0.5, (0.0, 1.25), 0.875).kept


def test_the_rows_name_what_was_simulated(gate_params: gate.Params) -> None:
    found = outcome(Chain(60, 1.0), 2, 1, gate_params)
    shown = row(found)
    assert (shown["users"], shown["step"], shown["years"]) == (60, 1.0, 2)
    assert shown["margin"] == pytest.approx(0.5408)
    assert pooled_row(found)["items"] == 1


def test_all_sizes_are_simulated_with_and_without_the_anchor() -> None:
    found = list(chains((300, 1000)))
    assert len(found) == 2 * 2 * 4 + 2 * 4
    assert {each.users for each in found if each.renewed == 1} == {1000}
    assert [each.items for each in pooled((300,))] == [1, 3]
