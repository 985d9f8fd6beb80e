"""The latest refreshes together."""

from dataclasses import replace

import pytest

from recsys.statistics.paired import Comparison
from recsys.statistics.refresh_line import refresh_line

ANCHOR = Comparison(
    against="anchor",
    users=1000,
    differing=300,
    reference=0.1,
    difference=0.0,
    error=0.004,
    better=False,
    margin=0.01,
    allowed=0.003,
    level=0.05,
    low=-0.007,
    high=0.007,
    p=0.01,
    assumed=0.0,
    power=0.8,
    detectable=0.0,
    by="t",
)  # a single one passes from -.003 on


def test_the_mean_is_of_the_latest_few() -> None:
    line = refresh_line(ANCHOR, [9.0, -0.008, -0.004, -0.004], 4)
    assert (line.refreshes, line.newest) == (4, 0.0)
    assert line.mean == pytest.approx(-0.016 / 4)
    assert line.least == pytest.approx(-0.003)
    assert not line.passed


def test_one_unlucky_week_passes_with_good_ones_before_it() -> None:
    unlucky = replace(ANCHOR, difference=-0.009, low=-0.016)
    assert refresh_line(unlucky, [0.0, 0.0, 0.0], 4).passed


def test_a_broken_one_counts_as_one_margin_below() -> None:
    line = refresh_line(ANCHOR, [0.0, 0.0, -0.5], 4)
    assert line.mean == pytest.approx(-0.01 / 4) and line.passed


def test_the_newest_counts_in_full() -> None:
    broken = replace(ANCHOR, difference=-0.5, low=-0.507)
    assert refresh_line(broken, [0.0], 4).mean == -0.25


def test_without_earlier_ones_it_is_the_newest_alone() -> None:
    assert refresh_line(ANCHOR, [], 4).refreshes == 1
    assert refresh_line(ANCHOR, [0.1, 0.1], 1).mean == 0.0
