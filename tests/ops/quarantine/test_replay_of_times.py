"""Rows that came while the clock was behind are taken in as they are, once it is right."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.quarantine import replay
from ops.quarantine.set_aside import set_aside
from recsys.intake import drops
from recsys.intake.batches import sealed
from recsys.program.errors import DataError
from tests.ops.quarantine.worlds import (
    exported,
    in_quarantine,
    merged,
    places,
)
from tests.worlds import Shop, complains, make_shop, snapshot

BEHIND = datetime(2024, 1, 10, tzinfo=UTC)  # what the clock said
BOUGHT = datetime(2024, 2, 19, 10, tzinfo=UTC)
RIGHT = BOUGHT + timedelta(hours=3)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A merged shop with a drop of two rows, both bought after it was sealed by its clock."""
    made = make_shop(tmp_path)
    made.drop("a.csv", *(f"z,p{n},5,mới,{BOUGHT:%F %TZ}" for n in (1, 2)))
    drops.take(made.staging, made.batches, BEHIND, 0.0)
    assert merged(made) == (9, 7, 2, 0)
    assert [reason for *_, reason in in_quarantine(made)] == ["time_future"] * 2
    return made


def test_rows_whose_time_is_past_by_now_are_replayed_as_they_are(shop: Shop) -> None:
    told = replay.replay(exported(shop), places(shop), RIGHT)
    assert told == "2 rows replayed; the next `python runner.py repro` merges them"
    assert merged(shop) == (9, 9, 0, 2)
    before = snapshot(shop.merged)
    assert merged(shop) == (9, 9, 0, 2)
    assert snapshot(shop.merged) == before


def test_while_the_clock_is_behind_they_stay(shop: Shop) -> None:
    with complains(DataError, "rows as they were refused: 2"):
        replay.replay(exported(shop), places(shop), BEHIND)


def test_rows_that_were_replayed_and_refused_again_do_not_replace_themselves(
    tmp_path: Path,
) -> None:
    shop, soon = make_shop(tmp_path), datetime.now(UTC) + timedelta(days=9)
    shop.drop("a.csv", f"z,p1,5,mới,{soon:%F %TZ}")
    assert merged(shop) == (8, 7, 1, 0)
    replay.replay(exported(shop), places(shop), soon)
    assert merged(shop) == (8, 7, 1, 1)
    again = exported(shop, "again.csv")
    with complains(DataError, "refused again", "set-aside 000002-"):
        replay.replay(again, places(shop), soon)
    set_aside(places(shop), sealed(shop.batches)[1].name, soon)
    assert merged(shop) == (8, 7, 1, 0)
    told = replay.replay(exported(shop, "third.csv"), places(shop), soon)
    assert told.startswith("1 rows replayed; ")
