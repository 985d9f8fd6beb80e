"""The simulated shop has the figures that it was given, and changes as it is told."""

from dataclasses import replace

import numpy as np
import pytest

from bench.drift import fit
from bench.drift.shop import Change, year
from bench.drift.shops import SHOPS
from recsys.drift.events import WEEK
from recsys.program.seeds import generator

SAMPLE = replace(SHOPS["sample"], more=0.5)
WEEKS = (20, 6)


def test_it_has_the_figures_of_its_traits() -> None:
    events, vectors = year(SAMPLE, 400, WEEKS, generator(1))
    found = fit.fit(events, 20)
    assert found["low"] == pytest.approx(SAMPLE.low, abs=0.01)
    assert found["more"] == pytest.approx(SAMPLE.more, abs=0.06)
    assert found["new_users"] == pytest.approx(SAMPLE.new_users, abs=0.03)
    assert found["quality"][0] == pytest.approx(SAMPLE.quality[0], abs=0.02)
    assert 340 < found["a_week"] < 460
    assert vectors.shape[0] == len(events.item_ids) == SAMPLE.items
    assert (events.complete(WEEK), events.lived(WEEK)) == (6, 49)
    unknown = ~events.in_catalogue[events.item]
    assert 0 < unknown.mean() < 0.02


def test_customers_are_alike_to_themselves() -> None:
    grumpy = replace(SAMPLE, low=0.3, low_alike=0.4)
    events, _ = year(grumpy, 400, WEEKS, generator(2))
    assert fit.fit(events, 20)["low_alike"] == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (Change(low=0.2), "low"),
        (Change(rate=0.5), "rate"),
        (Change(new_top=10), "top"),
        (Change(new_users=2.0), "new"),
    ],
)
def test_a_change_begins_at_the_end_of_the_reference(change: Change, what: str) -> None:
    events, _ = year(SAMPLE, 400, (20, 20), generator(3), change)
    later = events.time > events.until
    low = events.rating < 4
    top = np.array([item.startswith("x") for item in events.item_ids])[events.item]
    assert later.sum() / 20 == pytest.approx(200 if what == "rate" else 400, rel=0.15)
    before, now = low[~later].mean(), low[later].mean()
    assert now - before == pytest.approx(0.2 if what == "low" else 0.0, abs=0.02)
    assert (top[later].mean() > 0.05) == (what == "top") and not top[~later].any()


def test_the_same_seed_has_the_same_events() -> None:
    one, other = (year(SAMPLE, 50, WEEKS, generator(4))[0] for _ in range(2))
    assert np.array_equal(one.item, other.item) and np.array_equal(one.time, other.time)
