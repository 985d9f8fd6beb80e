"""The shops that drift is tried on are whole."""

from bench.drift.shops import SHOPS


def test_shares_are_shares() -> None:
    for name, traits in SHOPS.items():
        assert traits.name == name
        assert abs(sum(traits.stars) - 1) < 0.001
        assert abs(sum(traits.stars[:8]) - traits.low) < 0.001
