"""A paired comparison: figures by hand, p beside scipy.stats, and which test is taken."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from recsys.statistics.paired import (
    OFTEN,
    Aim,
    Comparison,
    compare,
    compare_figures,
    critical,
)

BETTER = Aim(0.05, gain=0.05)
AS_GOOD = Aim(0.05, share=0.03, errors=2.5)


def moved(users: int, up: int, down: int) -> tuple[np.ndarray, np.ndarray]:
    """Values of a challenger and another: all .5, some of the challenger 1 or 0."""
    challenger = np.full(users, 0.5)
    challenger[:up], challenger[up : up + down] = 1.0, 0.0
    return challenger, np.full(users, 0.5)


def of(users: int, up: int, down: int, aim: Aim) -> Comparison:
    return compare("champion", *moved(users, up, down), aim)


def test_the_figures_of_a_hundred_users() -> None:
    found = of(100, 40, 20, BETTER)
    error = np.sqrt((60 * 0.25 - 100 * 0.1**2) / 99 / 100)
    bound = stats.t.isf(0.05, 99) * error
    assert (found.against, found.users, found.differing) == ("champion", 100, 60)
    assert (found.reference, found.margin, found.allowed) == (0.5, 0, 0)
    assert [found.difference, found.error, found.low, found.high] == pytest.approx(
        [0.1, error, 0.1 - bound, 0.1 + bound]
    )
    assert (found.by, found.level, found.better) == ("t", 0.05, True)
    assert found.passed and not found.worse
    assert found.least == pytest.approx(bound)


def test_p_is_that_of_the_one_sided_t_test() -> None:
    challenger, other = moved(100, 40, 30)
    change = challenger - other
    greater = stats.ttest_1samp(change, 0, alternative="greater").pvalue
    assert of(100, 40, 30, BETTER).p == pytest.approx(greater, rel=1e-12)
    error = change.std(ddof=1) / 10
    above = stats.ttest_1samp(change, -2.5 * error, alternative="greater").pvalue
    assert of(100, 40, 30, AS_GOOD).p == pytest.approx(above, rel=1e-9)


def test_a_loss_does_not_pass_for_a_gain() -> None:
    lost, won = of(100, 20, 40, BETTER), of(100, 40, 20, BETTER)
    assert (lost.passed, lost.worse) == (False, True)
    assert lost.p == pytest.approx(1 - won.p)


def test_the_margin_is_the_larger_of_share_and_errors() -> None:
    few, many = of(100, 30, 30, AS_GOOD), of(40_000, 600, 600, AS_GOOD)
    assert few.margin == pytest.approx(2.5 * few.error) and few.margin > 0.015
    assert many.margin == pytest.approx(0.03 * 0.5) and many.margin > 2.5 * many.error
    assert few.allowed == many.allowed == pytest.approx(0.015)


def test_the_share_is_of_the_other_not_of_the_challenger() -> None:
    challenger, other = moved(4000, 2000, 0)
    aim = Aim(0.05, share=0.5)
    assert compare("anchor", challenger, other, aim).margin == 0.25
    assert compare("anchor", other, challenger, aim).margin == pytest.approx(0.375)


def test_a_loss_within_the_margin_passes_and_one_beyond_does_not() -> None:
    aim = Aim(0.05, share=0.1)  # .05 may be lost
    assert of(10_000, 1000, 1600, aim).passed  # -.03
    beyond = of(10_000, 1000, 2400, aim)  # -.07
    assert not beyond.passed and beyond.worse
    between = of(10_000, 1000, 2000, aim)  # -.05: neither
    assert not between.passed and not between.worse


def test_worse_has_a_level_of_its_own() -> None:
    aim = replace(BETTER, level=0.001, worse_level=0.05)
    found = of(100, 20, 33, aim)
    assert found.high - found.difference == pytest.approx(
        stats.t.isf(0.05, 99) * found.error
    )
    assert found.worse and not replace(found, high=0.001).worse


def test_signs_are_flipped_where_few_differ() -> None:
    found = of(1000, 6, 0, BETTER)
    assert (found.by, found.p) == ("sign_flip", 1 / 64)
    assert of(1000, 25, 24, BETTER).by == "sign_flip"
    assert of(1000, 25, 25, BETTER).by == "t"


def test_with_a_margin_those_who_differ_share_it() -> None:
    # 1,000 x .015 = 15 shared by 6 who lost .5 each: 2.5 - .5 is above 0 for all of them
    aim = Aim(0.05, share=0.03)
    assert of(1000, 0, 6, aim).p == 1 / 64
    # shared by 30 who lost .5 each, it is .5 - .5: none is above 0
    assert of(1000, 0, 30, aim).p == 1.0


def test_four_who_differ_are_too_few_to_be_flipped() -> None:
    aim = Aim(0.05, share=0.03)
    few = of(100, 4, 0, aim)
    assert (few.by, few.kept, few.passed) == ("few", True, False)
    many = of(10_000, 0, 4, aim)  # so many users that 150 might have lost all
    assert (many.by, many.passed) == ("few", True)
    assert many.p == pytest.approx(stats.binom.cdf(4, 10_000, 0.015))


def test_the_same_values_are_as_good_and_not_better() -> None:
    assert of(100, 0, 0, AS_GOOD).passed and not of(100, 0, 0, BETTER).passed
    assert of(100, 0, 0, BETTER).by == "same"
    assert not of(100, 0, 0, BETTER).worse


def test_the_power_is_the_share_that_passes() -> None:
    equal = of(1000, 100, 100, AS_GOOD)
    cut = stats.t.isf(0.05, 999) - 2.5
    assert equal.power == pytest.approx(stats.t.sf(cut, 999))  # .80
    better = of(1000, 100, 100, BETTER)
    assert better.assumed == pytest.approx(0.025)
    bound = stats.t.isf(0.05, 999)
    assert better.power == pytest.approx(
        stats.t.sf(bound - 0.025 / better.error, 999), rel=1e-6
    )
    often = replace(BETTER, gain=better.detectable / 0.5)
    assert of(1000, 100, 100, often).power == pytest.approx(OFTEN)


def test_so_many_users_are_needed() -> None:
    found = of(1000, 110, 100, BETTER)
    needed = found.users_needed()
    assert needed is not None and needed > 1000
    more = needed // 1000 + 1  # the same difference with so many more
    many = of(1000 * more, 110 * more, 100 * more, BETTER)
    assert many.difference == pytest.approx(found.difference)
    assert many.detectable == pytest.approx(found.difference, rel=0.05)
    assert of(1000, 100, 110, BETTER).users_needed() is None
    assert of(1000, 0, 0, BETTER).users_needed() is None


def test_figures_without_users_are_taken_as_they_are() -> None:
    aim = Aim(0.05, share=0.1, errors=4)
    assert compare_figures("coverage_at_10", 0.73, 0.8, aim).passed
    assert not compare_figures("coverage_at_10", 0.71, 0.8, aim).passed
    found = compare_figures("coverage_at_10", 0.71, 0.8, aim)
    assert (found.by, found.users, found.error) == ("figure", 0, 0)
    assert found.users_needed() is None


def test_figures_of_users_have_the_error_of_two_shares() -> None:
    found = compare_figures("recall", 0.2, 0.3, Aim(0.05, share=0.1), 100)
    assert found.error == pytest.approx(np.sqrt((0.16 + 0.21) / 100))
    assert found.p == pytest.approx(stats.t.sf((-0.1 + 0.03) / found.error, 99))


def test_critical_is_students_t() -> None:
    assert critical(0.05, 1000) == pytest.approx(stats.t.isf(0.05, 999))
    assert critical(0.0042, 2) == pytest.approx(stats.t.isf(0.0042, 1))


@pytest.mark.parametrize(
    ("challenger", "other", "message"),
    [
        (np.zeros(3), np.zeros(4), r"shapes \(3,\) and \(4,\)"),
        (np.zeros((3, 1)), np.zeros((3, 1)), r"must be \(users,\)"),
        (np.zeros(1), np.zeros(1), "1 users; two are the least"),
        (np.array([0.0, np.nan]), np.zeros(2), "a value is no number"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    challenger: np.ndarray, other: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=f"anchor: .*{message}"):
        compare("anchor", challenger, other, BETTER)


def test_it_is_plain_values_for_json() -> None:
    row = of(100, 40, 20, BETTER).as_json()
    assert json.loads(json.dumps(row)) == row
    assert (row["passed"], row["worse"]) == (True, False)
