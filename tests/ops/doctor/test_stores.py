"""MLflow's database and the runner's, whole and with planted faults."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ops.deploy import deployment_log
from ops.doctor import stores
from ops.doctor.finding import Finding, worst
from recsys.registry import versions
from tests.ops.conftest import Shop
from tests.ops.explain.rows import NOW
from tests.ops.explain.worlds import put


def by_name(found: list[Finding]) -> dict[str, Finding]:
    return {one.what: one for one in found}


def execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


def test_before_the_first_repro_there_is_none_and_that_is_well(tmp_path: Path) -> None:
    (found,) = stores.mlflow_store(tmp_path / "mlruns")
    assert (found.level, "`make repro` makes it" in found.seen) == ("ok", True)
    assert stores.runner_database(tmp_path).level == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_order(shop: Shop) -> None:
    shop.put("als-000000000001")
    found = stores.mlflow_store(shop.mlruns)
    assert [one.what for one in found] == ["store", "artifacts", "champion"]
    assert worst(found) == "ok", found
    assert found[0].seen.endswith("1 registered version")


def test_a_live_release_that_is_gone(shop: Shop) -> None:
    shop.put("als-000000000001")
    releases = shop.mlruns.parent / "releases"
    releases.mkdir(exist_ok=True)
    (releases / "current").write_text("als-000000000001\n")
    found = by_name(stores.mlflow_store(shop.mlruns))["champion"]
    assert (found.level, found.exit_code) == ("bad", 3)
    assert "als-000000000001/release.json" in found.seen and "promote" in found.mend
    (releases / "als-000000000001").mkdir()
    (releases / "als-000000000001/release.json").touch()
    assert worst(stores.mlflow_store(shop.mlruns)) == "ok"


def test_a_store_that_was_copied_leads_elsewhere(shop: Shop) -> None:
    execute(
        shop.mlruns / "mlflow.db",
        "UPDATE experiments SET artifact_location = 'file:///old/mlruns/artifacts'",
    )
    found = by_name(stores.mlflow_store(shop.mlruns))["artifacts"]
    assert (found.level, "file:///old/" in found.seen) == ("warning", True)


def test_the_schema_of_another_mlflow(shop: Shop) -> None:
    execute(
        shop.mlruns / "mlflow.db", "UPDATE alembic_version SET version_num = 'aaaa'"
    )
    found = stores.mlflow_store(shop.mlruns)[0]
    assert (found.level, found.exit_code) == ("bad", 6)
    assert "schema aaaa, the installed MLflow has " in found.seen
    assert "mlflow db upgrade" in found.mend


def test_registry_and_log_that_disagree(shop: Shop) -> None:
    shop.put("als-000000000001")
    number = shop.stage("als-000000000002")
    versions.set_production(shop.client, number)
    found = by_name(stores.mlflow_store(shop.mlruns))["champion"]
    assert found.level == "warning"
    assert found.seen == (
        "champion of the registry: als-000000000002 (version 2); "
        "by the deployment log: als-000000000001 (version 1)"
    )
    assert "`python runner.py rollback` goes back" in found.mend


def test_a_registry_that_has_lost_what_is_live(shop: Shop) -> None:
    shop.put("als-000000000001", "als-000000000002")
    name = versions.MODEL
    shop.client.delete_registered_model_alias(name, versions.CHAMPION)
    found = by_name(stores.mlflow_store(shop.mlruns))["champion"]
    assert (found.level, "makes it the champion again" in found.mend) == (
        "warning",
        True,
    )
    execute(shop.mlruns / "mlflow.db", "DELETE FROM model_versions WHERE version = 2")
    found = by_name(stores.mlflow_store(shop.mlruns))["champion"]
    assert (found.level, found.exit_code) == ("bad", 6)
    assert "rollback" in found.mend
    shutil.rmtree(shop.parted() / "mlruns")
    (found,) = stores.mlflow_store(shop.mlruns)
    assert (found.level, found.exit_code) == ("bad", 6)
    assert "is gone, but als-000000000002 is live" in found.seen
    assert "put a copy of mlruns/ back" in found.mend


@pytest.mark.parametrize(
    "content", [b"x" * 8192, b"SQLite format 3\0" + b"\xff" * 8192]
)
def test_a_torn_database_is_bad(tmp_path: Path, content: bytes) -> None:
    for name in ("mlflow.db", "runner.db"):
        (tmp_path / name).write_bytes(content)
    (store,) = stores.mlflow_store(tmp_path)
    rows = stores.runner_database(tmp_path)
    for found in (store, rows):
        assert (found.level, found.exit_code) == ("bad", 6)
        assert "restore it from a copy, or move it away" in found.mend


def test_a_page_in_the_middle_that_is_torn_is_found(tmp_path: Path) -> None:
    for number in range(40):
        put(tmp_path, f"als-{number:0200}", NOW)
    database = tmp_path / deployment_log.DATABASE
    execute(database, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(database.read_bytes())
    content[-4096:] = b"\x01" * 4096
    database.write_bytes(content)
    assert stores.runner_database(tmp_path).level == "bad"
