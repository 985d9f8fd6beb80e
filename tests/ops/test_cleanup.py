"""What goes and, above all, what stays; a kill in between; a dry run that changes no byte."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops import cleanup
from ops.deploy import deployment_log
from recsys.program.errors import StoreError
from recsys.registry import store as registry_store
from recsys.registry import versions as registry
from recsys.registry.versions import Version

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = cleanup.Params(log_days=30, keep_checkpoints=3, keep_models=2, keep_releases=1)


def _touch(path, days_old, text="12345"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    moment = (NOW - timedelta(days=days_old)).timestamp()
    os.utime(path, (moment, moment))
    return path


def _files(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


# ---- plans ----


def test_logs_older_than_the_limit(tmp_path):
    old = _touch(tmp_path / "logs/2026/a.log", 30.001)
    _touch(tmp_path / "logs/b.log", 30)
    (tmp_path / "logs/link.log").symlink_to(old)
    assert cleanup.old_logs(tmp_path / "logs", NOW, 30) == [old]
    assert cleanup.old_logs(tmp_path / "nowhere", NOW, 30) == []


def test_checkpoints_beyond_the_newest_of_each_type(tmp_path):
    als = [
        _touch(tmp_path / f"als/checkpoints/{number}.npz", 10 - number)
        for number in range(5)
    ]
    bpr = [tmp_path / "bpr/checkpoints" / name for name in "abcd"]
    for number, folder in enumerate(bpr):
        folder.mkdir(parents=True)
        os.utime(folder, (number, number))
    _touch(tmp_path / "als/item_factors.npy", 99)
    assert cleanup.extra_checkpoints(tmp_path, 3) == [*als[:2], bpr[0]]


def _version(number, kind="als", stage="Archived"):
    return Version(number, f"{kind}-{number}", kind, stage, "", NOW, False)


def test_versions_beyond_the_newest_of_each_type():
    versions = [
        _version(1),
        _version(2, "bpr"),
        _version(3),
        _version(4),
        _version(5, "bpr"),
        _version(6, "bpr"),
    ]
    assert [each.number for each in cleanup.extra_versions(versions, 2, set())] == [
        1,
        2,
    ]


@pytest.mark.parametrize("stage", ["Staging", "Production"])
def test_versions_that_are_staged_or_needed_or_foreign_stay(stage):
    versions = [
        _version(1, stage=stage),
        _version(2),
        _version(3),
        _version(4),
        _version(5),
        Version(0, "", "", "None", "", NOW, False),
    ]
    assert [each.number for each in cleanup.extra_versions(versions, 2, {"als-2"})] == [
        3
    ]


@pytest.mark.parametrize(
    ("uri", "inside"),
    [
        ("artifacts/r1/artifacts", True),
        ("artifacts/models/r1/artifacts", True),
        ("artifacts/r1/../r1/artifacts", True),
        ("artifacts/r1/../../r1/artifacts", False),
        ("elsewhere/r1/artifacts", False),
        ("artifacts/r2", False),
        ("", False),
    ],
)
def test_only_folders_inside_the_artifacts_are_removed(tmp_path, uri, inside):
    found = cleanup.folder_of((tmp_path / uri).as_uri() if uri else "", "r1", tmp_path)
    assert (found is not None) == inside
    if found:
        assert found.name == "r1"


def test_a_run_named_like_the_artifacts_folder_takes_nothing_with_it(tmp_path):
    assert (
        cleanup.folder_of(str(tmp_path / "artifacts/artifacts"), "artifacts", tmp_path)
        != tmp_path / "artifacts"
    )


# ---- effects ----


@pytest.fixture
def store(shop):
    """als-1 to als-7, each with a run and an artifact of 1000 bytes."""
    runs = {}
    experiment = shop.client.get_experiment_by_name(
        registry_store.EXPERIMENT
    ).experiment_id
    for number in range(1, 8):
        runs[number] = shop.client.create_run(experiment).info.run_id
        shop.client.log_text(runs[number], "x" * 1000, "model/factors.npy")
        shop.register(f"als-{number}", runs[number])
    shop.runs = runs
    return shop


def _promote(shop, number):
    from ops.deploy import promote

    assert registry.stage(shop.client, number)
    promote.promote(shop.site())


def _clean(shop, dry_run=False):
    return cleanup.clean(
        shop.mlruns.parent, shop.mlruns, shop.db.parent, LIMITS, NOW, dry_run
    )


def _numbers(shop):
    return [version.number for version in registry.versions(shop.client)]


def _with_files(shop):
    return [
        number
        for number, run in shop.runs.items()
        if (shop.mlruns / "artifacts" / run).exists()
    ]


def _active(shop):
    return [
        number
        for number, run in shop.runs.items()
        if shop.client.get_run(run).info.lifecycle_stage == "active"
    ]


def test_versions_go_with_run_and_files(store, capsys):
    tally = _clean(store)
    assert _numbers(store) == _with_files(store) == _active(store) == [6, 7]
    assert tally == cleanup.Tally(5 + 5, 5 * 1000)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "removed als-1 (version 1, None)"
    assert len(lines) == 10
    assert _clean(store) == cleanup.Tally(0, 0)


def test_in_a_project_that_was_moved_files_go_too(store, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(store.mlruns, moved / "mlruns")
    tally = cleanup.clean(
        moved, moved / "mlruns", store.db.parent, LIMITS, NOW, dry_run=False
    )
    assert tally == cleanup.Tally(5 + 5, 5 * 1000)
    assert _with_files(store) == list(range(1, 8))
    left = [path.name for path in (moved / "mlruns/artifacts").iterdir()]
    assert sorted(left) == sorted([store.runs[6], store.runs[7]])


def test_what_is_reachable_stays(store):
    for number in (1, 2, 3):
        _promote(store, number)
    registry.stage(store.client, 4)
    _clean(store)
    assert _numbers(store) == _with_files(store) == _active(store) == [1, 2, 3, 4, 6, 7]


def test_what_was_left_by_a_rollback_goes(store):
    from ops.deploy import rollback

    _promote(store, 1)
    _promote(store, 2)
    rollback.roll_back(store.site())
    _clean(store)
    assert _numbers(store) == [1, 6, 7]


def test_both_sides_of_an_interrupted_deployment_stay(store):
    deployment_log.begin(
        store.db, deployment_log.Intent("promote", "als-2", 2, "als-3", 3, None), NOW
    )
    _clean(store)
    assert _numbers(store) == [2, 3, 6, 7]


def test_the_champion_stays_even_if_the_deployment_log_was_lost(store):
    _promote(store, 1)
    for path in store.db.parent.iterdir():
        path.unlink()
    _clean(store)
    assert _numbers(store) == [1, 6, 7]


@pytest.mark.parametrize("alias", [registry.CHAMPION, registry.CHALLENGER])
def test_what_an_alias_names_stays_whatever_its_stage(store, alias):
    store.client.set_registered_model_alias(registry.MODEL, alias, "1")
    _clean(store)
    assert _numbers(store) == [1, 6, 7]


def test_nothing_goes_if_the_deployment_log_cannot_be_read(store):
    store.db.parent.mkdir(exist_ok=True)
    store.db.write_bytes(b"x" * 9000)
    with pytest.raises(StoreError, match=r"runner\.db"):
        _clean(store)
    assert _numbers(store) == [1, 2, 3, 4, 5, 6, 7]


def test_a_run_that_two_versions_stand_on_stays(store):
    store.register("als-8", store.runs[1])
    _clean(store)
    assert _numbers(store) == [7, 8]
    assert _with_files(store) == _active(store) == [1, 7]
    assert cleanup.DUE not in store.client.get_run(store.runs[1]).data.tags


def test_versions_whose_run_or_files_were_deleted_by_hand(store):
    shutil.rmtree(store.mlruns / "artifacts" / store.runs[1])
    store.client.delete_run(store.runs[2])
    _clean(store)
    assert _numbers(store) == [6, 7]


CALLS = ("set_tag", "delete_model_version", "delete_run", "delete_tag")


class CutError(Exception):
    """Stands for a kill between two calls."""


@pytest.mark.parametrize("cut", range(7))
def test_a_cleanup_that_was_cut_short_is_completed_by_the_next(store, monkeypatch, cut):
    from mlflow import MlflowClient

    left = [cut]
    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(
                MlflowClient, name, _cutting(getattr(MlflowClient, name), left)
            )
        removing = _cutting(shutil.rmtree, left)
        patch.setattr(cleanup.shutil, "rmtree", removing)
        with pytest.raises(CutError):
            cleanup.clean_registry(store.client, store.mlruns, [], 5, False)
    cleanup.clean_registry(store.client, store.mlruns, [], 5, False)
    assert _numbers(store) == _with_files(store) == _active(store) == [3, 4, 5, 6, 7]


def _cutting(real, left):
    def call(*arguments, **named):
        if left[0] == 0:
            raise CutError
        left[0] -= 1
        return real(*arguments, **named)

    return call


# ---- the command ----


def _command(root, *arguments):
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ops.cleanup",
            "--params",
            str(root / "params.yaml"),
            "--mlruns",
            str(root / "mlruns"),
            "--state",
            str(root / "state"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_a_dry_run_says_all_and_changes_no_byte(store):
    root = store.mlruns.parent
    _promote(store, 1)
    log = _touch(root / "state/logs/a.log", 4000)
    registry_store.dispose(store.client)
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    before = _files(root)
    done = _command(root, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert _files(root) == before
    lines = done.stdout.splitlines()
    assert lines[0] == "would remove als-2 (version 2, None)"
    assert f"would remove {log} (5 B)" in lines
    assert lines[-1] == "Would remove 3 things, 1 KB."
    again = _command(root)
    assert again.stdout == done.stdout.replace("would remove", "removed").replace(
        "Would remove", "Removed"
    )
    assert not log.exists()


def test_a_dry_run_makes_no_store(tmp_path):
    done = _command(tmp_path, "--dry-run")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "Would remove 0 things, 0 B.\n",
        "",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_releases_that_the_log_leads_to_stay(store):
    ids = [f"als-00000000000{number}" for number in range(4)]
    releases = store.mlruns.parent / "releases"
    for number, model_id in enumerate(ids):
        _touch(releases / model_id / "release.json", 0)
        os.utime(releases / model_id, (number, number))
    store.put(ids[0])  # a rollback target from the next line on
    store.put(ids[2])
    root, state = store.mlruns.parent, store.db.parent

    def clean(dry_run):
        cleanup.clean(root, store.mlruns, state, LIMITS, NOW, dry_run)
        return sorted(path.name for path in releases.iterdir())

    assert clean(True) == ids
    assert clean(False) == [ids[0], ids[2], ids[3]]
