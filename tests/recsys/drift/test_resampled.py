"""Popular products, what is bought and comment quality, beside windows drawn out of all users."""

import numpy as np
import pytest

from recsys.drift import resampled
from recsys.drift.events import WEEK, Events, events_of
from recsys.drift.holm import Found, Shift
from recsys.drift.units import Units, units_of
from recsys.program.seeds import generator
from tests.recsys.drift.worlds import params, rows, shop, vectors


def compare(
    events: Events, seed: int = 1, of: np.ndarray | None = None, **changes: int
) -> dict[str, Found]:
    units = units_of(events, events.periods(WEEK))
    return resampled.compare(
        units,
        units.between(-8, -1),
        units.between(0, 0),
        vectors(events) if of is None else of,
        params(**changes),
        generator(seed),
    )


def test_sums_over_units_are_events_by_item_then_quality_then_events() -> None:
    events = events_of(
        rows(("a", "p1", 5.0, 0.5, -1), ("a", "p2", 5.0, 0.25, 0)),
        rows(("b", "p2", 5.0, 1.0, 2)),
        [],
    )
    units = units_of(events, events.periods(WEEK))
    assert resampled.sums(units, units.cards[:1]).tolist() == [[1, 1, 0.75, 2]]
    assert resampled.sums(units, units.cards).tolist() == [[1, 2, 1.75, 3]]


def test_what_has_not_moved_has_a_p_that_says_nothing() -> None:
    for name, found in compare(shop()).items():
        assert isinstance(found, Shift)
        assert found.p > 0.05, name


def test_other_products_move_what_is_popular_and_what_is_bought() -> None:
    found = compare(shop(prefix="q"))
    least = 1 / 200
    assert found["top_items"] == Shift(1.0, least)
    assert isinstance(found["bought"], Shift) and isinstance(found["quality"], Shift)
    assert found["bought"].p == least
    assert found["bought"].effect == pytest.approx(1 - 0.2 / 1.01)  # of the two ways
    assert found["quality"].p > 0.05


def test_comments_that_say_less() -> None:
    found = compare(shop(quality=0.4))
    assert isinstance(found["quality"], Shift) and isinstance(found["top_items"], Shift)
    assert found["quality"].effect == pytest.approx(0.1, abs=0.02)
    assert (found["quality"].p, found["top_items"].p > 0.05) == (1 / 200, True)


def test_products_without_a_text_are_no_drift_of_what_is_bought() -> None:
    events = shop(prefix="q")
    zeros = np.zeros((len(events.item_ids), 2), dtype=np.float32)
    assert compare(events, of=zeros)["bought"] == Shift(0.0, 1.0)


def test_a_quiet_shop_needs_few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    draw = resampled._sums

    def counted(units: Units, *given: np.ndarray) -> np.ndarray:
        drawn.append(len(given[-1]))
        return draw(units, *given)

    monkeypatch.setattr(resampled, "_sums", counted)
    quiet = compare(shop(), resamples=99_999)
    assert all(isinstance(each, Shift) and each.p > 0.001 for each in quiet.values())
    assert sum(drawn) < 9_999


def test_p_is_that_of_all_draws_where_it_is_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = compare(shop(quality=0.42), resamples=999)
    assert isinstance(whole["quality"], Shift) and whole["quality"].p == 1 / 1000
    monkeypatch.setattr(resampled, "CELLS", 300)
    piecemeal = compare(shop(quality=0.42), resamples=999)
    assert piecemeal["quality"] == whole["quality"]


def test_the_same_seed_gives_the_same_p() -> None:
    assert compare(shop(), 3) == compare(shop(), 3)


def test_too_few_users_are_told() -> None:
    found = compare(shop(), fewest_users=61)
    assert set(found.values()) == {"60 users; 61 are needed"}
