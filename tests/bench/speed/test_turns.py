"""Ways that take turns."""

import time

from bench.speed.turns import medians, timed


def test_ways_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[str] = []
    seconds = {"a": iter([9.0, 1.0, 2.0, 3.0]), "b": iter([9.0, 5.0, 4.0, 6.0])}

    def step(name: str):
        return lambda: calls.append(name) or next(seconds[name])

    found = medians({name: step(name) for name in "ab"}, repeats=3)
    assert found == {"a": 2.0, "b": 5.0}
    assert calls == ["a", "b"] * 4


def test_a_timed_step_says_how_long_it_took() -> None:
    assert 0.01 <= timed(lambda: time.sleep(0.01))() < 1
