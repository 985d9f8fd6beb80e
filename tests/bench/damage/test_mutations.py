"""Damage of every kind, small and seeded, never makes a wrong row."""

import pytest

from bench.damage import cells, texts, torture
from bench.damage.account import account
from bench.damage.expected import wrong_rows
from bench.damage.mutations import MUTATIONS
from tests.bench.damage.judged import SEED


@pytest.mark.parametrize("name", MUTATIONS)
def test_damage_never_makes_a_wrong_row(shop, name):
    for number in range(3):
        data, spoilt, file = torture.mutate(name, number, SEED)
        verdict = shop.judge(data)
        assert verdict.outcome in ("merged", "refused"), verdict.message
        if verdict.outcome == "merged":
            assert [*account(data, verdict), *wrong_rows(verdict, file, spoilt)] == []


def test_the_same_seed_makes_the_same_damage():
    assert (
        torture.mutate("bad rating", 1, SEED)[0]
        == torture.mutate("bad rating", 1, SEED)[0]
    )
    assert (
        torture.mutate("bad rating", 1, SEED)[0]
        != torture.mutate("bad rating", 2, SEED)[0]
    )


def test_every_mutation_has_a_name_of_its_own():
    assert len(MUTATIONS) == len(texts.ALL) + len(cells.ALL) == 33
    assert "bad rating" in MUTATIONS and "lost quote" in MUTATIONS
