"""The registry as a server tells it is the registry as MLflow's client reads it."""

from datetime import timedelta
from pathlib import Path

import pytest

from bench.shared.mlflow_server import Running
from recsys.registry import remote, store, versions
from recsys.shared_store import rest
from recsys.shared_store.address import Address
from tests.recsys.registry.worlds import World


@pytest.fixture
def there(shared_store: Running) -> Address:
    return Address(shared_store.url, shared_store.url)


def test_an_empty_server_has_nothing(there: Address) -> None:
    assert remote.versions(there) == []
    assert remote.aliases(there) == {}
    assert remote.model_ids(there) == {}
    assert remote.cards(there) == []
    assert remote.experiment_id(there, store.EXPERIMENT) == ""


def test_versions_aliases_cards_and_runs(
    there: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rest, "PAGE", 1)  # all searches go over pages
    world = World(tmp_path)
    first = world.publish()
    with store.locked(world.mlruns):
        versions.set_production(world.client, first.version)
    world.train("als", seed=2)
    second = world.publish()
    with store.locked(world.mlruns):
        versions.mark_rolled_back(world.client, second.version)
    assert remote.versions(there) == versions.versions(world.client)
    assert [one.rolled_back for one in remote.versions(there)] == [False, True]
    newest = remote.versions(there)[-1].created_at
    assert newest - remote.versions(there)[0].created_at >= timedelta(0)
    assert remote.aliases(there) == {"champion": 1, "challenger": 2}
    assert remote.model_ids(there) == {
        "champion": first.model_id,
        "challenger": second.model_id,
    }
    told = [
        (number, stage, model_id) for number, stage, _, model_id in remote.cards(there)
    ]
    assert told == [
        (2, "Staging", second.model_id),
        (1, "Production", first.model_id),
    ]
    assert all(second.model_id in text for *_, text, _ in remote.cards(there)[:1])
    experiment = remote.experiment_id(there, store.EXPERIMENT)
    assert experiment == world.experiment_id
    found = remote.runs(there, experiment, "tags.kind = 'model'")
    ids = {run["info"]["run_id"] for run in found}
    assert ids == {
        run.info.run_id for run in world.others() if run.data.tags["kind"] == "model"
    }
