"""What goes and, above all, what stays; a kill in between; a dry run that changes no byte."""

import shutil
from datetime import UTC, datetime

import pytest

from ops.cleanup import broom as sweeping
from ops.cleanup import models as cleanup
from ops.cleanup.broom import Broom
from ops.cleanup.command import House, Kind
from ops.cleanup.params import Params
from ops.deploy import deployment_log
from recsys.program.errors import StoreError
from recsys.registry import logged_models
from recsys.registry import store as registry_store
from recsys.registry import versions as registry

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIMITS = Params(log_days=30, keep_checkpoints=3, keep_models=2, keep_releases=1)


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


def _clean(shop, dry_run=False, mlruns=None):
    broom, mlruns = Broom(dry_run, print), mlruns or shop.mlruns
    House(mlruns.parent, mlruns, shop.db.parent, LIMITS, {}, NOW, broom).clean(Kind.ALL)
    return len(broom.gone), sum(gone.size for gone in broom.gone)


def _numbers(shop):
    return [version.number for version in registry.versions(shop.client)]


def _with_files(shop):
    return [
        number
        for number, run in shop.runs.items()
        if (shop.mlruns / "artifacts" / run).exists()
    ]


def _active(shop):
    found = {run.info.run_id for run in cleanup._all_runs(shop.client)}
    return [number for number, run in shop.runs.items() if run in found]


def test_versions_go_with_run_and_files(store, capsys):
    tally = _clean(store)
    assert _numbers(store) == _with_files(store) == _active(store) == [6, 7]
    assert tally == (5 + 5, 5 * 1000)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "removed als-1 (version 1, None)"
    assert len(lines) == 10
    assert _clean(store) == (0, 0)


def test_in_a_project_that_was_moved_files_go_too(store, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(store.mlruns, moved / "mlruns")
    tally = _clean(store, mlruns=moved / "mlruns")
    assert tally == (5 + 5, 5 * 1000)
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


CALLS = (
    "set_tag",
    "delete_model_version",
    "delete_logged_model",
    "delete_run",
    "delete_tag",
)
HARD = ("_hard_delete_run", "_hard_delete_logged_model")


class CutError(Exception):
    """Stands for a kill between two calls."""


def _dangling(shop):
    """What stands in the store and leads nowhere, or in the artifacts and is led to by nothing."""
    store = shop.client._tracking_client.store
    runs = {run.info.run_id for run in cleanup._all_runs(shop.client)}
    versions = registry.versions(shop.client)
    experiment = registry_store.experiment_id(shop.client)
    logged = {m.model_id: m for m in shop.client.search_logged_models([experiment])}
    artifacts = shop.mlruns / "artifacts"
    folders = {path.name for path in artifacts.iterdir()} - {"models"}
    of_models = {path.name for path in artifacts.glob("models/*")}
    return {
        "versions without a run": {v.number for v in versions if v.run_id}
        - {v.number for v in versions if v.run_id in runs},
        "logged models without a run": {
            m for m, model in logged.items() if model.source_run_id not in runs
        },
        "logged models half deleted": set(store._get_deleted_logged_models()),
        "folders without a run": folders - runs,
        "folders without a model": of_models - logged.keys(),
    }


def _whole(shop):
    assert {key: value for key, value in _dangling(shop).items() if value} == {}


def _remove(shop):
    cleanup.clean(shop.client, shop.mlruns, 5, set(), Broom(False, str))


@pytest.mark.parametrize("cut", range(16))
def test_a_cleanup_that_was_cut_short_is_completed_by_the_next(
    published, monkeypatch, cut
):
    from mlflow import MlflowClient

    left = [cut]
    tracking = type(published.client._tracking_client.store)
    with monkeypatch.context() as patch:
        for owner, names in ((MlflowClient, CALLS), (tracking, HARD)):
            for name in names:
                patch.setattr(owner, name, _cutting(getattr(owner, name), left))
        patch.setattr(sweeping.shutil, "rmtree", _cutting(shutil.rmtree, left))
        with pytest.raises(CutError):
            _remove(published)
    _remove(published)
    assert _numbers(published) == _active(published) == [3, 4, 5, 6, 7]
    assert _with_files(published) == [3, 4, 5, 6, 7]
    _whole(published)


def test_models_that_were_not_the_better_and_evaluations_go_too(published):
    _remove(published)
    kinds = [run.data.tags.get("kind") for run in cleanup._all_runs(published.client)]
    assert sorted(kinds) == ["baseline"] * 5 + ["evaluation"] * 5 + ["model"] * 10
    _whole(published)
    before = cleanup._all_runs(published.client)
    _remove(published)
    assert len(cleanup._all_runs(published.client)) == len(before)


def test_a_loser_that_something_leads_to_stays_with_its_evaluation(published):
    broom = Broom(False, str)
    cleanup.clean(published.client, published.mlruns, 1, {"bpr-2"}, broom)
    left = {run.data.tags["model_id"] for run in cleanup._all_runs(published.client)}
    assert left == {
        *("als-7", "bpr-7", "popularity-7", "evaluation-7"),
        *("bpr-2", "popularity-2", "evaluation-2"),
    }


@pytest.fixture
def published(shop):
    """Seven evaluations: als is registered and can be loaded, bpr is not the better."""
    client, runs = shop.client, {}
    experiment = registry_store.experiment_id(client)

    def run(kind, model_type, number, parent=""):
        tags = {
            "kind": kind,
            "model_type": model_type,
            "model_id": f"{model_type}-{number}",
            **({cleanup.PARENT: parent} if parent else {}),
        }
        return client.create_run(experiment, tags=tags, start_time=number).info.run_id

    for number in range(1, 8):
        parent = run("evaluation", "evaluation", number)
        run("baseline", "popularity", number, parent)
        loser = run("model", "bpr", number, parent)
        runs[number] = run("model", "als", number, parent)
        for run_id in (loser, runs[number]):
            client.log_text(run_id, "x" * 1000, "model/factors.npy")
        logged = client.create_logged_model(experiment, source_run_id=runs[number])
        folder = logged_models.folder_of(shop.mlruns, logged.model_id)
        folder.mkdir(parents=True)
        (folder / "MLmodel").write_text("x" * 500)
        client.finalize_logged_model(logged.model_id, "READY")
        shop.register(f"als-{number}", runs[number])
    shop.runs = runs
    return shop


def _cutting(real, left):
    def call(*arguments, **named):
        if left[0] == 0:
            raise CutError
        left[0] -= 1
        return real(*arguments, **named)

    return call
