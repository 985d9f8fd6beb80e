"""New recipes and first models, short."""

from bench.gate import recipes
from recsys.statistics import gate


def test_equal_recipes_are_seldom_better_and_often_at_5_percent_a_week(
    gate_params: gate.Params,
) -> None:
    found = recipes.equal_recipes(300, 2, 20, 1, gate_params)
    assert found["false_better"] <= 0.15 and found["at_5_percent_a_week"] >= 0.5
    assert (found["users"], found["candidates"], found["years"]) == (300, 2, 20)


def test_a_shop_of_random_taste_promotes_nothing(gate_params: gate.Params) -> None:
    assert recipes.random_taste(60, 20, 1, gate_params)["promoted"] <= 0.15


def test_the_better_of_two_on_the_test_looks_better_than_it_is() -> None:
    found = recipes.best_of_two(300, 600, 1, 0.05)
    assert found["chosen_by_the_test"] > 0.065 > found["chosen_by_validation"]


def test_power_grows_with_users_and_with_the_gain() -> None:
    few, many = recipes.power((300, 5000), 20, 1, 0.05 / 12)
    assert few["30%"] < many["30%"] == 1.0
    assert many["2%"] < many["20%"]


def test_the_level_is_kept(gate_params: gate.Params) -> None:
    (found,) = recipes.levels((100,), 400, 1, gate_params)
    assert 0.02 <= found["below_level"] <= 0.08
    assert found["below_part"] <= 0.02
