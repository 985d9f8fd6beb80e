"""Where deployments happen: under the lock, or as a dry run that takes none and writes nothing."""

import shutil
from pathlib import Path

import pytest

from ops.deploy import site
from recsys.program.errors import ConfigError, DiskError, InstanceError
from recsys.registry import store
from tests.worlds import complains

ROOT = Path(__file__).parents[3]


def places(folder):
    shutil.copy(ROOT / "params.yaml", folder)
    return folder / "params.yaml", folder / "mlruns", folder / "state"


def test_it_is_done_under_the_lock(shop, monkeypatch):
    folder = shop.parted()
    seen = []

    def act(found):
        with (
            complains(InstanceError, "held by another process"),
            store.locked(folder / "mlruns", 0.0),
        ):
            raise AssertionError("two hold it")
        seen.append((found.state, found.places.root, found.service, found.who))

    site.under_lock(act, *places(folder))
    assert seen == [(folder / "state", folder, None, site.who())]
    assert "@" in site.who()


def test_a_dry_run_takes_no_lock(shop):
    folder = shop.parted()
    arguments = places(folder)
    seen = []
    with store.locked(folder / "mlruns"):
        site.under_lock(lambda found: seen.append(found.db), *arguments, dry_run=True)
    assert seen == [folder / "state/runner.db"]
    assert not (folder / "state").exists()


def test_names_are_for_people():
    assert site.name("als-1", 3) == "als-1 (version 3)"


def test_the_zone_is_the_runner_s(tmp_path):
    params = places(tmp_path)[0]
    assert site.zone_in(params).key == "Asia/Ho_Chi_Minh"
    text = params.read_text().replace("Asia/Ho_Chi_Minh  ", "Mars/Olympus  ")
    params.write_text(text)
    with complains(ConfigError, "params.yaml: runner.zone: 'Mars/Olympus'"):
        site.zone_in(params)


@pytest.mark.parametrize("name", ["releases", "state", "mlruns"])
def test_nothing_is_deployed_while_a_folder_is_away(shop, name):
    folder = shop.parted()
    if (folder / name).exists():
        (folder / name).rename(folder / "kept")
    (folder / name).symlink_to(folder / "share")
    for dry_run in (True, False):
        with complains(DiskError, f"{name}: a link to", "bring it back"):
            site.under_lock(lambda _: None, *places(folder), dry_run=dry_run)
