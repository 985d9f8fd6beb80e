"""`init --sql`: a table as if it were a file."""

import subprocess
from pathlib import Path

import pytest

from ops.init.plan import UnclearError
from ops.init.table import cursor_of, form_of
from recsys.program.errors import ConfigError, DataError
from recsys.program.params import load
from recsys.source.params import Params
from tests.ops.init.mapped import form
from tests.ops.init.test_command import init, shop  # noqa: F401 - a fixture
from tests.ops.sql.entries import review, sqlite_shop
from tests.worlds import Shop, complains


def test_the_first_rows_of_a_table_are_a_file(tmp_path: Path) -> None:
    sqlite_shop(tmp_path / "shop.db", [review(1, note='a "b",\nc'), review(2)])
    url = "sqlite:///shop.db"
    found = form_of(url, "reviews", "id", tmp_path, tmp_path)
    assert found.place == "reviews"
    assert found.rows["note"] == ['a "b",\nc', "good"]
    assert found.table is not None
    assert found.table.url == f"sqlite:///{tmp_path}/shop.db"
    assert (found.table.cursor, found.table.overlap) == ("id", 10_000)


@pytest.mark.parametrize(
    ("header", "row", "column", "counts"),
    [
        ("id,user,updated_at", "1,u,2024-01-01 10:00:00", "updated_at", False),
        ("id,user,updated_at", "1,u,", "id", True),  # not changed yet
        ("order_id,user", "1,u", "order_id", True),
    ],
)
def test_the_cursor_is_the_time_of_the_change_or_a_number(
    tmp_path: Path, header: str, row: str, column: str, counts: bool
) -> None:
    found = cursor_of(form(tmp_path, header, row), None)
    assert (found.column, found.counts) == (column, counts)


def test_a_cursor_that_is_not_clear_is_asked_for(tmp_path: Path) -> None:
    found = form(tmp_path, "user,item", "u,p")
    with pytest.raises(UnclearError, match="which column grows"):
        cursor_of(found, None)
    with pytest.raises(UnclearError):
        cursor_of(found, "item")


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    sqlite_shop(tmp_path / "shop.db")
    with complains(ConfigError, "--sql", "postgresql://user@host"):
        form_of("mysql://db/shop", "reviews", None, tmp_path, tmp_path)
    with pytest.raises(ConfigError) as caught:
        form_of("postgresql://a:canary@db/x", "reviews", None, tmp_path, tmp_path)
    assert "state/sql.password" in str(caught.value)
    assert "canary" not in str(caught.value)
    with complains(DataError, "reviews: no row"):
        form_of("sqlite:///shop.db", "reviews", "id", tmp_path, tmp_path)


def test_init_writes_the_table_with_its_cursor(shop: Shop, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    sqlite_shop(tmp_path / "shop.db", map(review, range(1, 31)))
    options = ("--sql", "sqlite:///shop.db", "reviews", "--zone", "UTC", "--yes")
    done: subprocess.CompletedProcess[str] = init(shop, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "all 30 rows: 30 accepted, 0 refused" in done.stdout
    found = load(Params, "source", shop.params)
    assert found.interactions == []
    (one,) = found.sql
    assert (one.query, one.cursor, one.user) == ("reviews", "changed", "buyer")
    assert one.url == f"sqlite:///{tmp_path}/shop.db"
