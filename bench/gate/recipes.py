"""Tries of new recipes and first models: how often one that is no better is taken for better.

All by the gate itself (recsys/statistics/gate.py), or by the test that it makes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bench.gate.judged import POPULARITY, question
from bench.gate.shop import Model, Shop
from recsys.program.seeds import generator
from recsys.statistics import gate
from recsys.statistics.error_budget import Try
from recsys.statistics.paired import Aim, compare

WEEKS = 52
GAINS = (0.02, 0.05, 0.1, 0.2, 0.3)  # of a better model, as shares of the quality


def equal_recipes(
    users: int, candidates: int, years: int, seed: int, params: gate.Params
) -> dict[str, Any]:
    """Years in which an equal new recipe a week is tried: shares of years with a false better.

    With several candidates it is the best of them on the validation fold: other items of the users.
    """
    false, weekly = 0, 0
    for year in range(years):
        rng = generator(seed, users, candidates, year)
        by_gate, by_week = _year(users, candidates, rng, params)
        false, weekly = false + by_gate, weekly + by_week
    return {
        "users": users,
        "candidates": candidates,
        "years": years,
        "false_better": round(false / years, 4),
        "at_5_percent_a_week": round(weekly / years, 4),
    }


def _year(
    users: int, candidates: int, rng: np.random.Generator, params: gate.Params
) -> tuple[bool, bool]:
    """Whether the gate says "better" of an equal recipe in a year, and a test at .05 a week."""
    shop = Shop(users, rng, items=2, validation=1)
    champion, popularity = shop.model(1.0), shop.model(POPULARITY)
    tries: list[Try] = []
    better = weekly = False
    for week in range(WEEKS):
        shop.week()
        models = [shop.model(1.0) for _ in range(candidates)]
        new = max(models, key=lambda each: float(_folds(shop, each)[0].mean()))
        asked = question(shop, "new_recipe", week, new, champion, None, popularity)
        verdict = gate.decide(asked, tries, params)
        tries.append(verdict.entry)
        better |= bool(verdict.comparisons) and verdict.comparisons[0].passed
        weekly |= _better(asked.challenger, asked.champion, 0.05)
        if verdict.decision == "PROMOTE":
            champion = new
        shop.only(champion, popularity)
    return better, weekly


def _better(challenger: np.ndarray, other: np.ndarray | None, level: float) -> bool:
    """Whether the test of the gate says "better" at a level."""
    assert other is not None
    return compare("champion", challenger, other, Aim(level)).passed


def random_taste(
    users: int, years: int, seed: int, params: gate.Params
) -> dict[str, Any]:
    """Years in which a first model a week is as good as popularity: shares with a promotion."""
    promoted = 0
    for year in range(years):
        shop = Shop(users, generator(seed, users, year))
        popularity = shop.model(POPULARITY)
        tries: list[Try] = []
        for week in range(WEEKS):
            shop.week()
            model = shop.model(POPULARITY)
            asked = question(shop, "first", week, model, None, None, popularity)
            tries.append(gate.decide(asked, tries, params).entry)
            shop.only(popularity)
        promoted += any(each.decision == "PROMOTE" for each in tries)
    return {"users": users, "years": years, "promoted": round(promoted / years, 4)}


def best_of_two(users: int, rounds: int, seed: int, level: float) -> dict[str, Any]:
    """Two models equal to the champion, the better of them tested: shares of a false better.

    Chosen by the test itself, or by another item of the same users (the validation fold).
    """
    by_test = by_validation = 0
    for each in range(rounds):
        shop = Shop(users, generator(seed, users, each), items=2)
        models = [shop.model(1.0) for _ in range(3)]
        first, second, champion = (_folds(shop, model) for model in models)
        on_test = max(first, second, key=lambda folds: float(folds[1].mean()))
        on_validation = max(first, second, key=lambda folds: float(folds[0].mean()))
        by_test += _better(on_test[1], champion[1], level)
        by_validation += _better(on_validation[1], champion[1], level)
    return {
        "users": users,
        "rounds": rounds,
        "level": round(level, 5),
        "chosen_by_the_test": round(by_test / rounds, 4),
        "chosen_by_validation": round(by_validation / rounds, 4),
    }


def _folds(shop: Shop, model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Values (users,) of the validation items and of the test items."""
    values = shop.values_of_items(model)
    return values[:, 0], values[:, 1]


def power(
    sizes: Sequence[int], rounds: int, seed: int, level: float
) -> Iterator[dict[str, Any]]:
    """Chances that a better recipe passes, by users and by how much better it is."""
    for users in sizes:
        row: dict[str, Any] = {"users": users}
        for gain in GAINS:
            passed = 0
            for each in range(rounds):
                shop = Shop(users, generator(seed, users, each))
                # the better one has quality 1, so that no chance of a rank is above its bound
                champion = shop.values(shop.model(1 / (1 + gain)))
                passed += _better(shop.values(shop.model(1.0)), champion, level)
            row[f"{gain:.0%}"] = round(passed / rounds, 3)
        yield row


def levels(
    sizes: Sequence[int], rounds: int, seed: int, params: gate.Params
) -> Iterator[dict[str, Any]]:
    """Shares of equal models that pass at the levels the gate uses: the test must keep them."""
    part = params.alpha_a_year / params.tries_per_year
    for users in sizes:
        found = []
        for each in range(rounds):
            shop = Shop(users, generator(seed, users, each))
            first, second = shop.values(shop.model(1.0)), shop.values(shop.model(1.0))
            aim = Aim(params.level, exact_below=params.exact_below)
            found.append(compare("champion", first, second, aim).p)
        p = np.array(found)
        yield {
            "users": users,
            "rounds": rounds,
            "below_level": round(float((p <= params.level).mean()), 4),
            "below_part": round(float((p <= part).mean()), 5),
        }
