"""Databases as they answer, and what they say when they do not."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench.speed import postgres
from bench.speed.postgres import PASSWORD, Server
from ops.sql import database, statements
from ops.sql.address import VARIABLE
from recsys.program.errors import ConfigError, StoreError
from tests.ops.sql.entries import CREATE, review, sqlite_shop
from tests.worlds import complains


def test_sqlite_values_are_texts(tmp_path: Path) -> None:
    url = sqlite_shop(tmp_path / "shop.db", [review(1)])
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute(
            "INSERT INTO reviews VALUES (2, x'616263', 'p', 4.5, NULL, '', '')"
        )
    with database.opened(url, tmp_path) as found:
        columns = found.columns(statements.no_rows("reviews"))
        assert columns[:3] == ["id", "buyer", "item"]
        rows = list(found.rows(statements.first_rows("reviews", columns, "", 9)))
    assert rows[1] == ["2", "abc", "p", "4.5", "", "", ""]


def test_sqlite_is_only_read(tmp_path: Path) -> None:
    url = sqlite_shop(tmp_path / "shop.db")
    with (
        complains(StoreError, "shop.db", "readonly"),
        database.opened(url, tmp_path) as found,
    ):
        list(found.rows("DELETE FROM reviews"))


def test_sqlite_that_is_not_there_or_is_asked_wrong(tmp_path: Path) -> None:
    with (
        complains(StoreError, "gone.db", "no such file"),
        database.opened(f"sqlite:///{tmp_path}/gone.db", tmp_path),
    ):
        pass
    assert not (tmp_path / "gone.db").exists()
    url = sqlite_shop(tmp_path / "shop.db")
    with (
        complains(ConfigError, "no such table: orders", "params.yaml"),
        database.opened(url, tmp_path) as found,
    ):
        found.columns(statements.no_rows("orders"))


def test_without_the_package_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_postgresql", None)
    with (
        complains(ConfigError, "pip install 'adbc-driver-postgresql"),
        database.opened("postgresql://db/shop", tmp_path),
    ):
        pass


def test_postgresql_values_are_texts_in_utc(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    server.run(
        "CREATE TABLE kinds (a uuid, b numeric, c boolean, d timestamptz, e jsonb, f text);"
        "INSERT INTO kinds VALUES ('00000000-0000-0000-0000-000000000001', 8000.50, true, "
        "'2024-01-01 10:00:00+07', '{\"k\": 1}', NULL);"
    )
    with database.opened(server.url, tmp_path) as found:
        columns = found.columns(statements.no_rows("kinds"))
        (row,) = found.rows(statements.first_rows("kinds", columns, "::text", 9))
    assert row == [
        "00000000-0000-0000-0000-000000000001",
        "8000.50",
        "true",
        "2024-01-01 03:00:00+00",
        '{"k": 1}',
        "",
    ]


def test_postgresql_is_only_read(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    server.run(CREATE.replace("reviews", "kept"))
    with (
        complains(StoreError, "read-only"),
        database.opened(server.url, tmp_path) as found,
    ):
        list(found.rows("DELETE FROM kept RETURNING id::text"))


def test_a_wrong_password_is_said_and_not_shown(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "no/canary")
    with (
        pytest.raises(StoreError) as caught,
        database.opened(server.url, tmp_path),
    ):
        pass
    assert "state/sql.password" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    if why := postgres.missing():
        pytest.skip(why)
    with (
        complains(StoreError, "127.0.0.1"),
        database.opened("postgresql://shop@127.0.0.1:1/shop", tmp_path),
    ):
        pass


def test_a_table_that_is_not_there(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    with (
        complains(ConfigError, "nowhere", "params.yaml"),
        database.opened(server.url, tmp_path) as found,
    ):
        found.columns(statements.no_rows("nowhere"))
