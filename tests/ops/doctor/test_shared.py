"""The doctor and the health check look at the server, and not at a database that is not used."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.shared.mlflow_server import Running
from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.doctor import finding, shared, stores
from ops.explain import live
from ops.health import checks, disk, models
from ops.health import store as health
from ops.health.checks import Params, Subject
from recsys.program import params
from recsys.registry import store as registry
from recsys.registry import versions
from recsys.shared_store import lease
from recsys.shared_store.address import Address
from tests.recsys.registry.worlds import World
from tests.worlds import ROOT


def told(found: list[finding.Finding]) -> list[tuple[str, str]]:
    return [(one.what, one.level) for one in found]


def test_a_server_that_is_reached(
    shared_store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"torn")
    found = stores.mlflow_store(tmp_path)
    assert told(found) == [
        ("store", "ok"),
        ("registry", "ok"),
        ("local store", "ok"),
        ("champion", "ok"),
    ]
    assert shared_store.url in found[0].seen
    with lease.held(shared_store.url, "process 7 on a", "", 30):
        locked = shared.store(Address(shared_store.url, shared_store.url), tmp_path)
    assert [one.seen for one in locked if one.what == "registry lock"] == [
        "held by process 7 on a"
    ]
    monkeypatch.setattr(shared, "version", lambda _: "2.1.0")
    [first, *_] = stores.mlflow_store(tmp_path)
    assert (first.level, first.seen[-9:]) == ("warning", "here 2.1.0"[-9:])


def test_a_server_that_is_not_there_is_bad_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    [found] = finding.examined("store", lambda: stores.mlflow_store(tmp_path))
    assert (found.level, found.exit_code) == ("bad", 6)
    assert found.seen.startswith("http://127.0.0.1:1: not reached: ")
    assert found.mend.startswith("see that the server runs")


def subject(folder: Path) -> Subject:
    limits = params.load(Params, "health", ROOT / "params.yaml")
    state = folder / "state"
    return Subject(folder, folder, state, limits, None, datetime.now(UTC))


def test_health_asks_the_server_and_reads_no_local_database(
    shared_store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"torn")
    levels = {one.name: one.level for one in health.look(subject(tmp_path))}
    assert levels == {"databases": "ok", "server": "ok", "embeddings": "ok"}
    assert disk._sizes(subject(tmp_path)) == {}
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    found = health.look(subject(tmp_path))
    assert checks.exit_code(found) == 6
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    levels = {one.name: one.level for one in health.look(subject(tmp_path))}
    assert levels == {"databases": "critical", "embeddings": "ok"}


def test_what_another_machine_promoted_is_well_once_it_is_released_here(
    shared_store: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b/releases"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    world = World(tmp_path / "a")
    model_id = world.publish().model_id
    with registry.locked(world.mlruns):
        versions.set_production(world.client, 1)
    mlruns, db = tmp_path / "b/mlruns", tmp_path / "b/state/runner.db"
    champion = stores.mlflow_store(mlruns)[-1]
    assert (champion.what, champion.level) == ("champion", "warning")
    assert len(live.trouble(tmp_path / "b", mlruns, db)) == 1
    (tmp_path / "b/releases/current").write_text(f"{model_id}\n")
    assert stores.mlflow_store(mlruns)[-1].level == "ok"
    assert live.trouble(tmp_path / "b", mlruns, db) == []
    told = live.elsewhere(tmp_path / "b", mlruns, db)
    assert told.startswith(f"{model_id} (version 1), promoted by another machine")
    now = datetime.now(UTC)
    former = Intent("promote", "als-000000000009", 9, None, None, now)
    started = deployment_log.begin(db, former, now)  # by this machine, before
    deployment_log.finish(db, started, "promoted", "", now)
    assert live.elsewhere(tmp_path / "b", mlruns, db) == told
    limits = params.load(Params, "health", ROOT / "params.yaml")
    looked = Subject(tmp_path / "b", mlruns, db.parent, limits, None, now)
    assert models._champion(looked)[0] == model_id
    (tmp_path / "b/releases/current").write_text("als-0123456789ab\n")
    assert models._champion(looked)[0] == "als-000000000009"
    assert live.elsewhere(tmp_path / "b", mlruns, db) == ""
