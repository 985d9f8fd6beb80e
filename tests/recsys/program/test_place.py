"""What a path may have, and what is refused by name."""

from pathlib import Path

import pytest

from recsys.program import place
from recsys.program.errors import ConfigError
from tests.worlds import complains


@pytest.mark.parametrize(
    "name", ["a b", "a?b", "a#b", "a'\"b", "cửa hàng", "50%", "[a]*"]
)
def test_most_may_stand_in_it(tmp_path: Path, name: str) -> None:
    place.check(tmp_path / name, tmp_path)


@pytest.mark.parametrize(
    ("name", "told"), [("a:b", "':'"), ("a\nb", "\\n"), ("a\udcffb", "udcff")]
)
def test_what_cannot_work_is_refused_by_name(
    tmp_path: Path, name: str, told: str
) -> None:
    with complains(ConfigError, told, "rename the folder"):
        place.check(tmp_path / name, tmp_path)


def test_a_python_that_migrations_cannot_be_read_from(tmp_path: Path) -> None:
    with complains(ConfigError, "a%20b", "'%'"):
        place.check(tmp_path, tmp_path / "a%20b")
