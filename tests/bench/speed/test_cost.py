"""What programs cost."""

import pytest

from bench.speed.cost import HEAD, Cost, cost_of


def test_costs_add_up_and_the_peak_is_the_higher_one() -> None:
    total = Cost(1.0, 2.0, 300) + Cost(0.5, 0.25, 1200)
    assert total == Cost(1.5, 2.25, 1200)
    assert total.row("both") == "| both | 1.5 | 2.2 | 1,200 |"
    assert HEAD.count("|") == 10


def test_the_peak_is_that_of_the_program() -> None:
    cost = cost_of("-c", "x = bytearray(200 << 20)")
    assert 200 <= cost.peak < 400
    assert cost.wall > 0 and cost.cpu > 0


def test_a_program_that_fails_says_what_it_said() -> None:
    with pytest.raises(RuntimeError, match="ValueError: odd"):
        cost_of("-c", "raise ValueError('odd')")
