"""A table of purchases has rows that a column calls none."""

from pathlib import Path

from ops.sql.pull import pull
from recsys.program.errors import DataError
from tests.ops.sql.entries import add, entry, places, review, sqlite_shop
from tests.ops.sql.test_pull import seal
from tests.worlds import complains


def test_rows_that_a_column_calls_no_purchases_are_refused_until_it_is_told(
    tmp_path: Path,
) -> None:
    where = places(tmp_path / "shop")
    url = sqlite_shop(tmp_path / "shop.db", map(review, range(1, 11)))
    orders = entry(url, rating="", text=[], ignored=["stars"], cursor="changed")
    assert pull(orders, where).rows == 10
    seal(where)
    later = "2025-02-01 10:00:00"
    add(tmp_path / "shop.db", [review(11, note="cancelled", changed=later)])
    for _ in range(2):
        with complains(
            DataError,
            *("reviews: 1 of 1 rows have 'cancelled' in the column 'note'", "WHERE"),
            *("init --sql", "`ignored` of reviews"),
        ):
            pull(orders, where)
        assert not list(where.staging.rglob("*.csv"))
    told = orders.model_copy(update={"ignored": ["stars", "note"]})
    assert pull(told, where).rows == 1
    before = orders.model_copy(update={"ignored": None})
    assert pull(before, where, again=True).rows == 11
