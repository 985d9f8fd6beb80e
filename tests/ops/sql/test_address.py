"""URLs, and the password that stands in none of them."""

from pathlib import Path

import pytest

from ops.sql import address
from recsys.program.errors import ConfigError
from tests.worlds import complains


def test_the_password_is_of_the_variable_or_of_the_owners_file(tmp_path: Path) -> None:
    assert address.password_of(tmp_path, {}) == ""
    path = tmp_path / address.FILE
    path.write_text("of/the file\n")
    path.chmod(0o600)
    assert address.password_of(tmp_path, {}) == "of/the file"
    assert address.password_of(tmp_path, {address.VARIABLE: "a"}) == "a"
    path.chmod(0o644)
    with complains(ConfigError, path, "chmod 600"):
        address.password_of(tmp_path, {})


@pytest.mark.parametrize(
    ("url", "password", "whole"),
    [
        (
            "postgresql://shop@db:5433/shop",
            "a b/@:",
            "postgresql://shop:a%20b%2F%40%3A@db:5433/shop?connect_timeout=10",
        ),
        (
            "postgres://db/shop?sslmode=require&connect_timeout=3",
            "",
            "postgresql://db/shop?sslmode=require&connect_timeout=3",
        ),
        (
            "postgresql:///shop?host=/run/postgresql",
            "",
            "postgresql:///shop?host=/run/postgresql&connect_timeout=10",
        ),
    ],
)
def test_the_library_gets_the_password_in_the_url(
    url: str, password: str, whole: str
) -> None:
    assert address.with_password(url, password) == whole


def test_no_message_shows_the_password() -> None:
    said = address.without_secret("no 's/1' at x:s%2F1@db", "s/1")
    assert said == "no '***' at x:***@db"
    assert address.without_secret("all is well", "") == "all is well"


def test_files_of_sqlite(tmp_path: Path) -> None:
    assert address.file_of("sqlite:///shop.db", tmp_path) == tmp_path / "shop.db"
    assert address.file_of("sqlite:////var/shop.db", tmp_path) == Path("/var/shop.db")
    assert address.absolute("sqlite:///a b.db", Path("/x")) == "sqlite:////x/a%20b.db"
    assert address.absolute("postgresql://db/a", tmp_path) == "postgresql://db/a"
    for url in ("sqlite://", "sqlite://shop.db"):
        with complains(ConfigError, url, "four slashes"):
            address.file_of(url, tmp_path)
