"""The court: bets by hand, what opens a case, and that alarms are as rare as is said."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.program.params import load
from recsys.statistics import court
from recsys.statistics.court import BETS, Case, Hearing, heard, opened, ruling

ROOT = Path(__file__).resolve().parents[3]
PARAMS = load(court.Params, "court", ROOT / "params.yaml")
ANY = court.Params(level=0.05, fewest_users=1)


def hearing(
    other: list[float], champion: list[float], year: int = 2026, ids: str = "ab"
) -> Hearing:
    values = np.array(champion, dtype=np.float64), np.array(other, dtype=np.float64)
    return Hearing(year, f"als-{ids[0]}", f"als-{ids[1]}", *values)


WON = hearing([1.0, 0.5], [0.0, 0.5])  # the former champion wins with one of two users
LOST = hearing([0.0, 0.5], [1.0, 0.5])
NEW = opened("former", WON)
ALL = hearing([1.0] * 30, [0.0] * 30)


def test_a_new_case_knows_nothing() -> None:
    assert (NEW.number, NEW.weeks, NEW.users, NEW.difference) == (1, 0, 0, 0)
    assert NEW.log_e == pytest.approx(0)
    assert ruling(NEW, ANY) == "open"


def test_each_bet_wins_its_share_and_e_is_their_mean() -> None:
    case = heard(NEW, WON, ANY)
    assert np.exp(case.log_capitals) == pytest.approx([1 + bet for bet in BETS])
    assert np.exp(case.log_e) == pytest.approx(1 + sum(BETS) / len(BETS))
    assert (case.weeks, case.users, case.difference) == (1, 2, 0.5)


def test_a_champion_that_wins_lowers_e_and_the_highest_stays() -> None:
    case = heard(heard(NEW, WON, ANY), LOST, ANY)
    assert np.exp(case.log_capitals) == pytest.approx([1 - bet**2 for bet in BETS])
    assert case.log_e < 0 < case.highest
    assert case.highest == heard(NEW, WON, ANY).log_e
    assert (case.weeks, case.users, case.difference) == (2, 4, 0)


def test_the_first_case_of_a_year_has_half_the_level_the_second_a_sixth() -> None:
    assert court.needed(NEW, ANY) == pytest.approx(np.log(2 / 0.05))
    assert court.needed(replace(NEW, number=2), ANY) == pytest.approx(np.log(6 / 0.05))
    levels = [np.exp(-court.needed(replace(NEW, number=k), ANY)) for k in range(1, 999)]
    assert sum(levels) < 0.05


def test_the_ruling_is_worse_from_what_is_needed_on_and_stays() -> None:
    needed = court.needed(NEW, ANY)
    assert ruling(replace(NEW, highest=needed - 0.01), ANY) == "open"
    assert ruling(replace(NEW, highest=needed + 0.01), ANY) == "worse"
    case = heard(NEW, ALL, ANY)
    assert ruling(case, ANY) == "worse"
    lost = hearing([0.0] * 30, [1.0] * 30)
    assert ruling(heard(case, lost, ANY), ANY) == "worse"


def test_a_better_champion_is_never_worse() -> None:
    case = NEW
    for _ in range(50):
        case = heard(case, hearing([0.2] * 20, [0.3] * 20), ANY)
    assert ruling(case, ANY) == "open" and case.highest == 0


def test_another_pair_opens_the_next_case_of_the_year() -> None:
    case = heard(heard(NEW, WON, ANY), hearing([1.0], [0.0], ids="cb"), ANY)
    assert (case.number, case.champion_id, case.other_id) == (2, "als-c", "als-b")
    assert (case.weeks, case.users) == (1, 1)
    assert np.exp(case.log_capitals) == pytest.approx([1 + bet for bet in BETS])


def test_a_new_year_begins_with_its_first_case() -> None:
    second = heard(heard(NEW, WON, ANY), hearing([1.0], [0.0], ids="cb"), ANY)
    case = heard(second, hearing([1.0], [0.0], 2027, "cb"), ANY)
    assert (case.number, case.year, case.weeks) == (1, 2027, 1)


@pytest.mark.parametrize("other", ["former", "popularity"])
def test_a_ruling_stands_in_the_new_year_until_another_model_is_in_production(
    other: court.Other,
) -> None:
    ruled = heard(opened(other, WON), ALL, ANY)
    assert ruling(ruled, ANY) == "worse"
    after = heard(ruled, hearing([1.0], [0.0], 2027), ANY)
    assert (ruling(after, ANY), after.year) == ("worse", 2026)
    another = heard(after, hearing([1.0], [0.0], 2027, "cb"), ANY)
    assert (ruling(another, ANY), another.number, another.year) == ("open", 1, 2027)


def test_popularity_is_one_case_whatever_is_in_production() -> None:
    asked = opened("popularity", WON)
    case = heard(heard(asked, WON, ANY), hearing([1.0], [0.0], ids="cb"), ANY)
    assert (case.number, case.champion_id, case.weeks) == (1, "als-c", 2)
    alarmed = heard(asked, ALL, ANY)
    after = heard(alarmed, hearing([1.0], [0.0], ids="cb"), ANY)
    assert (after.number, after.weeks) == (2, 1)


def test_a_week_with_few_buyers_is_not_heard() -> None:
    params = court.Params(level=0.05, fewest_users=3)
    assert heard(NEW, WON, params) == NEW


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30
    ).flatmap(lambda pairs: st.tuples(st.just(pairs), st.permutations(pairs)))
)
@settings(max_examples=50, deadline=None)
def test_neither_the_order_of_users_nor_the_cut_into_weeks_matters(
    orders: tuple[list[tuple[float, float]], list[tuple[float, float]]],
) -> None:
    one, other = orders
    whole = heard(NEW, hearing(*map(list, zip(*one, strict=True))), ANY)
    cut = NEW
    for pair in other:
        cut = heard(cut, hearing([pair[0]], [pair[1]]), ANY)
    assert cut.log_capitals == pytest.approx(whole.log_capitals, abs=1e-9)
    assert cut.log_e == pytest.approx(whole.log_e, abs=1e-9)


def test_no_bet_can_be_won_on_average_where_neither_is_better() -> None:
    """The mean of e over all outcomes of a fair pair is 1: that is what keeps the level."""
    both = (
        heard(NEW, hearing([0.7], [0.2]), ANY),
        heard(NEW, hearing([0.2], [0.7]), ANY),
    )
    assert np.mean([np.exp(case.log_e) for case in both]) == pytest.approx(1)


def test_alarms_of_equal_models_are_rare() -> None:
    rng, alarms = np.random.default_rng(3), 0
    for _ in range(300):
        case = NEW
        for _ in range(20):
            values = (rng.random((2, 60)) < 0.2).astype(float).tolist()
            case = heard(case, hearing(*values), ANY)
        alarms += ruling(case, ANY) == "worse"
    assert alarms <= 300 * 0.05


def test_in_words() -> None:
    assert court.in_words(heard(NEW, WON, PARAMS), PARAMS) == (
        "not shown that the former champion is better than the champion: "
        "+0.0000 for it on average (0 users, weeks: 0), log e up to 0.0, 3.7 is needed"
    )
    # 30 log(1.75) - log(7) is 14.8, and the other bets add a little
    assert court.in_words(heard(NEW, ALL, PARAMS), PARAMS) == (
        "the former champion is better than the champion: "
        "+1.0000 for it on average (30 users, weeks: 1), log e up to 14.9, 3.7 is needed; "
        "rollback is advised: `python runner.py rollback`"
    )
    popular = heard(opened("popularity", WON), ALL, PARAMS)
    assert "critical" in court.in_words(popular, PARAMS)


def test_a_case_is_plain_values_for_json() -> None:
    case = heard(NEW, WON, ANY)
    row = case.as_json()
    assert court.from_json(json.loads(json.dumps(row))) == case


@pytest.mark.parametrize(
    ("change", "message"),
    [({"weeks_": 3}, "weeks_"), ({"log_capitals": [0.0]}, "1 bets")],
)
def test_another_thing_is_no_case(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"not a case of the court: .*{message}"):
        court.from_json({**NEW.as_json(), **change})
    with pytest.raises(ValueError, match="not a case of the court"):
        court.from_json({})


@pytest.mark.parametrize(
    ("other", "champion", "message"),
    [
        ([0.1, 0.2], [0.1], r"shapes \(1,\) and \(2,\)"),
        ([1.1], [0.1], "a value is not from 0 to 1"),
        ([0.1], [float("nan")], "a value is not from 0 to 1"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    other: list[float], champion: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=f"als-a: .*{message}"):
        heard(NEW, hearing(other, champion), ANY)


def test_the_fields_of_a_case() -> None:
    assert Case("former", 2026, 1, "als-a", "als-b") == NEW
