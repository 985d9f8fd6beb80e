"""The command: what stays, a dry run that changes no byte, one kind at a time, a full disk."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.house.imports import ROOT
from ops import lock
from ops.cleanup.broom import Broom
from ops.cleanup.command import House, Kind
from ops.cleanup.params import Params
from ops.deploy import promote
from recsys.program.errors import DiskError
from recsys.registry import store as registry_store
from recsys.registry import versions
from tests.ops.conftest import Shop
from tests.worlds import snapshot

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = Params(log_days=30, keep_checkpoints=3, keep_models=2, keep_releases=1)


def touch(path: Path, days_old: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("12345")
    moment = (NOW - timedelta(days=days_old)).timestamp()
    os.utime(path, (moment, moment))
    return path


@pytest.fixture
def project(shop: Shop) -> Shop:
    """als-1 to als-7 with a run and a file each; a log, checkpoints, and DVC's cache."""
    experiment = registry_store.experiment_id(shop.client)
    for number in range(1, 8):
        run_id = shop.client.create_run(experiment).info.run_id
        shop.client.log_text(run_id, "x" * 1000, "model/factors.npy")
        shop.register(f"als-{number}", run_id)
    versions.stage(shop.client, 1)
    promote.promote(shop.site())
    root = shop.mlruns.parent
    touch(root / "state/logs/2020/a.log", 4000)
    for number in range(5):
        touch(root / f"models/als/checkpoints/{number}.npz", 9 - number)
    touch(root / f".dvc/cache/files/md5/ab/{'0' * 30}", 9)
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    return shop


def run(shop: Shop, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = shop.mlruns.parent
    places = {"params": "params.yaml", "mlruns": "mlruns", "state": "state"}
    options = [f"--{key}={root / name}" for key, name in places.items()]
    return subprocess.run(
        [sys.executable, "-m", "ops.cleanup", *options, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_a_dry_run_changes_no_byte_and_says_what_a_run_does(project: Shop) -> None:
    root = project.mlruns.parent
    registry_store.dispose(project.client)
    before = snapshot(root)
    done = run(project, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert snapshot(root) == before
    lines = done.stdout.splitlines()
    assert lines[0] == "would remove als-2 (version 2, None)"
    assert f"would remove {root / 'state/logs/2020/a.log'} (5 B)" in lines
    kinds = {line.split()[0] for line in lines if line.startswith("  ")}
    assert kinds == {"models", "checkpoints", "logs", "DVC", "empty"}
    again = run(project)
    assert again.returncode == 0
    assert again.stdout == done.stdout.replace("would remove", "removed").replace(
        "Would remove", "Removed"
    )
    assert run(project).stdout == "Removed 0 things, 0 B.\n"


@pytest.mark.parametrize("kind", ["logs", "checkpoints", "models", "releases", "cache"])
def test_one_kind_leaves_the_others(project: Shop, kind: str) -> None:
    root = project.mlruns.parent
    registry_store.dispose(project.client)
    places = {
        "logs": root / "state/logs/2020",
        "checkpoints": root / "models/als/checkpoints/0.npz",
        "cache": root / ".dvc/cache/files/md5/ab",
    }
    done = run(project, "--type", kind, "--json")
    said: dict[str, Any] = json.loads(done.stdout)
    assert {name for name, path in places.items() if not path.exists()} == (
        {kind} & places.keys()
    )
    assert (said["things"] > 0) is (kind != "releases")
    left = len(list((project.mlruns / "artifacts").iterdir()))
    assert left == (6 if kind == "models" else 7)


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    places = [f"--{key}={tmp_path / key}" for key in ("mlruns", "state")]
    places.append(f"--params={tmp_path / 'params.yaml'}")
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "ops.cleanup", "--dry-run", *places],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "Would remove 0 things, 0 B.\n",
        "",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def house(shop: Shop, dry_run: bool = False) -> tuple[House, list[str]]:
    said: list[str] = []
    root = shop.mlruns.parent
    broom = Broom(dry_run, said.append)
    return House(root, shop.mlruns, root / "state", LIMITS, {}, NOW, broom), said


def test_releases_that_the_log_leads_to_stay(shop: Shop) -> None:
    ids = [f"als-00000000000{number}" for number in range(4)]
    releases = shop.mlruns.parent / "releases"
    for number, model_id in enumerate(ids):
        touch(releases / model_id / "release.json", 0)
        os.utime(releases / model_id, (number, number))
    shop.put(ids[0])  # a rollback target from the next line on
    shop.put(ids[2])
    house(shop, dry_run=True)[0].clean(Kind.ALL)
    assert sorted(path.name for path in releases.iterdir()) == ids
    house(shop)[0].clean(Kind.RELEASES)
    left = sorted(path.name for path in releases.iterdir())
    assert left == [ids[0], ids[2], ids[3]]


def test_while_a_repro_runs_the_caches_stay_and_the_rest_goes(project: Shop) -> None:
    root = project.mlruns.parent
    with lock.hold(root / "state/repro.lock", "a repro", {"pid": 1}):
        cleaned, said = house(project)
        cleaned.clean(Kind.ALL)
    assert any("the caches stay as they are for now" in line for line in said)
    assert (root / ".dvc/cache/files/md5/ab").exists()
    assert not (root / "state/logs/2020").exists()


def test_where_a_row_has_no_room_the_files_make_it(
    project: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.mlruns.parent
    cleaned, _ = house(project)
    real, tries = House.clean_store, []

    def full_at_first(self: House, kind: Kind) -> None:
        tries.append((root / "state/logs/2020").exists())
        if len(tries) == 1:
            raise DiskError("mlflow.db: database or disk is full")
        real(self, kind)

    monkeypatch.setattr(House, "clean_store", full_at_first)
    cleaned.clean(Kind.ALL)
    assert tries == [True, False]
    assert len(versions.versions(project.client)) == 3


@pytest.mark.parametrize("name", ["mlruns", "state", "releases"])
def test_with_a_share_that_is_away_nothing_goes(project: Shop, name: str) -> None:
    """What the models were made of is known there."""
    root = project.mlruns.parent
    shutil.rmtree(root / name, ignore_errors=True)
    (root / name).symlink_to(root / "share")
    before = snapshot(root)
    done = run(project)
    assert done.returncode == DiskError.exit_code
    assert (
        f"{root / name}: a link to {root / 'share'}, which is not there" in done.stderr
    )
    assert snapshot(root) == before


def test_without_the_registry_of_what_is_live_its_data_stays(project: Shop) -> None:
    root = project.mlruns.parent
    made_of = root / f".dvc/cache/files/md5/ab/{'0' * 30}"
    shutil.rmtree(project.mlruns)
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert "DVC's cache stays as it is" in done.stdout
    assert "is live by the deployment log" in done.stdout
    assert made_of.exists()
    assert not (root / "state/logs/2020").exists()
