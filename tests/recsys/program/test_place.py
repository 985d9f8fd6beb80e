"""What a path may have, and what is refused by name."""

from pathlib import Path

import pytest

from recsys.program import place
from recsys.program.errors import ConfigError, DiskError
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


def test_a_link_that_leads_nowhere_is_refused_by_name(tmp_path: Path) -> None:
    """A share that is not mounted; one that is refused to us is away as well."""
    share, link = tmp_path / "share", tmp_path / "releases"
    place.refuse_if_away(link / "current")  # not there yet is not away
    link.symlink_to(share)
    assert place.away(link / "current") == (
        f"{link}: a link to {share}, which is not there"
    )
    with complains(
        DiskError, f"a link to {share}", "not mounted", "run the same again"
    ):
        place.refuse_if_away(link)
    share.mkdir()
    assert place.away(link) == place.away(link / "current") == ""
    share.rmdir()
    share.symlink_to(share)  # the system refuses each look at it
    assert f"a link to {share}" in place.away(link)
