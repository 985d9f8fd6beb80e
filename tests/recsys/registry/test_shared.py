"""A store on a server: published once, staged, promoted; its local database is not touched."""

from pathlib import Path

import pytest

from bench.shared.mlflow_server import Running
from recsys.program.errors import StoreError
from recsys.registry import (
    aliases,
    copies,
    shared,
    store,
    verdicts,
    versions,
    view,
)
from recsys.registry.published import is_published
from recsys.shared_store import lease
from recsys.shared_store.address import Address
from tests.recsys.registry.worlds import World


@pytest.fixture
def world(
    shared_store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


def test_a_model_is_published_once_and_promoted(
    world: World, shared_store: Running
) -> None:
    published = world.publish()
    assert (published.version, published.stage) == (1, "Staging")
    assert world.publish() == published
    assert is_published(world.metrics, world.folders, world.mlruns)
    kinds = [run.data.tags["kind"] for run in world.runs()]
    assert sorted(kinds) == ["baseline", "baseline", "evaluation", "model", "model"]
    assert aliases.model_ids(world.mlruns) == {"challenger": published.model_id}
    with store.locked(world.mlruns):
        versions.set_production(world.client, 1)
        verdicts.judge(world.client, 1, "PROMOTE")
    assert world.versions() == [(1, published.model_id, "Production")]
    assert aliases.model_ids(world.mlruns) == {"champion": published.model_id}
    assert not (world.mlruns / "mlflow.db").exists()
    opens = view.address("http://127.0.0.1:1", world.mlruns)
    assert opens.startswith(f"{shared_store.url}/#/experiments/{world.experiment_id}/")


def test_what_the_server_has_lost_is_published_anew(world: World) -> None:
    published = world.publish()
    world.client.delete_registered_model(versions.MODEL)
    assert not is_published(world.metrics, world.folders, world.mlruns)
    assert world.publish().model_id == published.model_id


def test_a_publication_that_was_cut_short_is_completed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    def fails(*_: object) -> None:
        raise OSError("the line is cut")

    with monkeypatch.context() as cut:
        cut.setattr(mlflow.MlflowClient, "log_model_artifacts", fails)
        with pytest.raises(OSError, match="cut"):
            world.publish()
    published = world.publish()
    model = world.client.get_model_version("recommender", "1")
    assert published.stage == model.current_stage == "Staging"
    assert copies.logged_models.find(world.client, published.model_id).status == "READY"


def test_the_local_store_is_the_same_as_ever_beside_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    with monkeypatch.context() as here:
        here.delenv("MLFLOW_TRACKING_URI")
        assert not store.exists(world.mlruns)
        assert not is_published(world.metrics, world.folders, world.mlruns)
        assert aliases.model_ids(world.mlruns) == {}


def test_a_server_that_is_not_there_is_one_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    for asked in (
        lambda: store.client(world.mlruns),
        lambda: store.reader(world.mlruns),
        lambda: aliases.model_ids(world.mlruns),
        world.publish,
    ):
        with pytest.raises(StoreError, match=r"^http://127.0.0.1:1: not reached: "):
            asked()


def test_an_experiment_that_was_deleted_is_said(world: World) -> None:
    world.publish()
    world.client.delete_experiment(world.experiment_id)
    with pytest.raises(StoreError, match=r"MLFLOW_TRACKING_URI=http://.* mlflow exper"):
        store.experiment_id(world.client)


def test_a_change_is_not_made_when_the_lock_was_lost(world: World) -> None:
    world.publish()
    with store.locked(world.mlruns):
        client = world.client
        own = lease.CURRENT.get()
        assert own is not None
        own.is_lost = True  # as after 30 s without a beat
        for change in (
            lambda: versions.set_production(client, 1),
            lambda: versions.mark_rolled_back(client, 1),
            lambda: client.delete_model_version("recommender", "1"),
        ):
            with pytest.raises(StoreError, match="the lock of the registry was lost"):
                change()
    assert [stage for *_, stage in world.versions()] == ["Staging"]


def test_the_patience_of_the_client_is_bounded(
    shared_store: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
    there = Address(shared_store.url, shared_store.url)
    shared.client(there)
    import os

    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "5"
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"
    with shared._brief():
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "10"
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "5"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "API request to http://m/api failed with exception HTTPConnectionPool(host='m', "
            "port=1): Max retries exceeded with url: /api (Caused by NewConnectionError("
            "\"HTTPConnection(host='m', port=1): Failed to establish a new connection: "
            '[Errno 111] Connection refused"))',
            "http://m: not reached: [Errno 111] Connection refused; see that the server runs",
        ),
        (
            "x (Caused by ProtocolError('Connection aborted.', RemoteDisconnected('Remote end "
            "closed connection')))",
            "http://m: not reached: Remote end closed connection; see that",
        ),
        (
            "x (Caused by ResponseError('too many 500 error responses'))",
            "http://m: not reached: too many 500 error responses; see that",
        ),
        (
            "403 Client Error: Forbidden for url: https://k:s3cret@s3/a?X-Sig=s3cret",
            "http://m: 403 Client Error: Forbidden for url: https://s3/a; look at the log",
        ),
    ],
)
def test_what_mlflow_raises_is_one_line_without_keys(said: str, shown: str) -> None:
    told = str(shared.told(Address("http://m", "http://m"), OSError(said)))
    assert told.startswith(shown)
    assert "s3cret" not in told


def test_an_artifact_that_the_server_does_not_take_is_one_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow
    from requests import HTTPError

    def refused(*_: object) -> None:
        raise HTTPError("507 Server Error: disk full for url: http://m/a?key=s3cret")

    monkeypatch.setattr(mlflow.MlflowClient, "log_model_artifacts", refused)
    with pytest.raises(StoreError, match="507 Server Error: disk full") as told:
        world.publish()
    assert "s3cret" not in str(told.value)
