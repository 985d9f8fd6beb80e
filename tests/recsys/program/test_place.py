"""What a path may have, and what is refused by name."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench.house.imports import ROOT
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


def test_what_stages_make_stands_in_the_project(tmp_path: Path) -> None:
    """DVC would refuse it after the training, with a traceback."""
    shop, disk = tmp_path / "shop", tmp_path / "disk"
    for folder in (shop / "data", disk):
        folder.mkdir(parents=True)
    (shop / "models").symlink_to(disk)
    place.refuse_made_outside(shop)  # without git it works
    (shop / ".git").mkdir()
    with complains(ConfigError, "models: a link to", "outside of the project", "dvc"):
        place.refuse_made_outside(shop)
    (shop / "models").unlink()
    (shop / "elsewhere").mkdir()
    (shop / "models").symlink_to("elsewhere")
    place.refuse_made_outside(shop)
    (shop / "data" / "merged").symlink_to(disk)
    with complains(ConfigError, "data/merged: a link to"):
        place.refuse_made_outside(shop)


def test_all_that_dvc_keeps_is_looked_for() -> None:
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]
    entries = [
        entry
        for stage in stages.values()
        for kind in ("outs", "plots")
        for entry in stage.get(kind, ())
    ]
    kept = {
        str(Path(path).parent)
        for entry in entries
        for path, how in entry.items()
        if how.get("cache", True)
    }
    assert kept == set(place.MADE)
