"""All checks together: a fault is seen where it is, with its severity, exit code and next step;
looking changes nothing.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.deploy.service_client import Service
from ops.health import checks, health, tell
from ops.health.checks import COMPONENTS, Check, exit_code
from recsys.program.errors import ConfigError
from recsys.registry import versions
from tests.ops.alerts.servers import http_server
from tests.ops.alerts.test_send import to
from tests.ops.conftest import Shop
from tests.ops.fake_service import FakeService
from tests.ops.health.faults import FAULTS
from tests.ops.health.worlds import (
    DAY,
    HOUR,
    LIMITS,
    NOW,
    subject,
)


def examine(root: Path, now: datetime = NOW, **others: object) -> list[Check]:
    return health.examine(subject(root, now, **others))


def ill(found: list[Check]) -> dict[str, str]:
    return {
        f"{one.component}.{one.name}": one.level for one in found if one.level != "ok"
    }


def tree(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


# ---- well ----
def test_all_is_well(well: Path, model_id: str) -> None:
    found = examine(well)
    assert ill(found) == {}
    assert exit_code(found) == 0
    values = {check.name: check.value for check in found if check.component != "disk"}
    assert values == {
        "data_files": "3 files as in dvc.lock",
        "data_age": "1.0 days (newest event 2026-03-09)",
        "data_batches": "none missing",
        "champion": model_id,
        "model_age": f"1.0 days ({model_id})",
        "model_files": f"releases/{model_id} is whole",
        "recall_at_10": "0.5000 (als)",
        "over_popularity": "recall_at_10 0.5000 (als), 0.2500 (popularity)",
        "deployment": "promoted",
        "court": "nothing against the champion",
        "service": "not configured",
        "databases": "runner.db, mlflow.db",
        "embeddings": "10 of 10 products have a vector",
        "success_rate": "1.00 (1 of 1 runs)",
        "stale_runs": "0",
        "missed_slots": "0",
    }


def test_looking_changes_nothing(well: Path) -> None:
    before = tree(well)
    examine(well)
    assert tree(well) == before


# ---- one fault each ----
# planted by the tests that are named
ELSEWHERE = {
    "models.deployment": "test_a_deployment_without_a_good_end_is_a_warning",
    "disk.disk_free": "test_the_disk_is_low_and_a_database_large",
    "disk.database_size": "test_the_disk_is_low_and_a_database_large",
    "disk.disk_growth": "test_disk.py",
    "service.service": "test_the_service_is_offline_or_sick",
    "service.golden": "tests/ops/deploy/test_behaviours.py",
    "service.latency": "test_service.py",
}


def test_each_check_has_a_planted_fault(well: Path) -> None:
    planted = {name for _, expected, *_ in FAULTS.values() for name in expected}
    found = {f"{check.component}.{check.name}" for check in examine(well)}
    known = found | {"service.golden", "service.latency"}
    assert planted | set(ELSEWHERE) == known


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_received_once_and_its_recovery_once(
    well: Path, tmp_path: Path, fault: str
) -> None:
    state = tmp_path / "alerts"
    was_well = examine(well)
    FAULTS[fault][0](well)
    ill_now = examine(well)
    with http_server() as hook:
        sender = to(state, hook.url)
        for hour, found in enumerate([ill_now, ill_now, was_well, was_well]):
            tell.tell(state, found, NOW + hour * HOUR)
            sender.send(NOW + hour * HOUR)
        lines = hook.lines()
    sick = {check.component for check in ill_now if check.level != "ok"}
    for component in sick:
        mine = [line for line in lines if f" health.{component}: " in line]
        assert [line.split()[0] for line in mine][1:] == ["RECOVERED"]
        assert mine[0].split()[0] in ("WARNING", "CRITICAL")
    assert len(lines) == 2 * len(sick)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_where_it_is_and_its_next_step_is_said(
    well: Path, fault: str
) -> None:
    harm, expected, code, step = FAULTS[fault]
    harm(well)
    found = examine(well)
    assert ill(found) == expected
    assert exit_code(found) == code
    steps = [check.next_step for check in found if check.level != "ok"]
    assert all(steps)
    assert step in steps[0]


@pytest.mark.parametrize("status", ["started", "pending", "failed"])
def test_a_deployment_without_a_good_end_is_a_warning(well: Path, status: str) -> None:
    db = well / "state/runner.db"
    number = deployment_log.begin(
        db, Intent("promote", "als-2", 2, "als-1", 1, NOW - DAY), NOW
    )
    if status != "started":
        deployment_log.finish(db, number, status, "", NOW)
    found = health.examine(subject(well), ["models"])
    assert ill(found)["models.deployment"] == "warning"


def test_the_disk_is_low_and_a_database_large(well: Path) -> None:
    strict = LIMITS.model_copy(
        update={"min_free_gb": 1e9, "warn_free_gb": 1e9, "max_database_gb": 1e-9}
    )
    found = examine(well, params=strict)
    assert ill(found) == {
        "disk.disk_free": "critical",
        "disk.database_size": "warning",
    }
    assert exit_code(found) == 8


def test_the_service_is_offline_or_sick(
    well: Path, fake: tuple[FakeService, Service], offline: Service
) -> None:
    state, client = fake

    def sick(handler) -> None:  # type: ignore[no-untyped-def] - the fake's handler
        handler.send_response(503)
        handler.end_headers()

    state.answer = sick
    for service, words in ((offline, "start the service"), (client, "not JSON")):
        found = examine(well, service=service)
        assert ill(found) == {"service.service": "critical"}
        [step] = [check.next_step for check in found if check.level != "ok"]
        assert words in step
        assert exit_code(found) == 7


def test_a_model_that_the_log_does_not_know_is_found_in_the_registry(
    well: Path, shop: Shop
) -> None:
    versions.set_production(shop.client, shop.stage("als-7"))
    (well / "state/runner.db").unlink()
    now = datetime.now(UTC) + DAY
    found = examine(well, now, mlruns=shop.mlruns)
    [check] = [one for one in found if one.name == "model_age"]
    assert (check.level, check.value) == ("ok", "1.0 days (als-7)")


def test_components_are_looked_at_alone(well: Path) -> None:
    for component in COMPONENTS:
        found = health.examine(subject(well), [component])
        assert {check.component for check in found} == {component}
    assert health.chosen([]) == COMPONENTS
    assert health.chosen(["disk", "data", "disk"]) == ("disk", "data")
    with pytest.raises(ConfigError, match="'disc'; known are data, models"):
        health.chosen(["disc"])


def test_a_torn_database_of_mlflow_is_said(well: Path) -> None:
    (well / "mlruns/mlflow.db").unlink()
    with closing(sqlite3.connect(well / "mlruns/mlflow.db")) as database:
        database.execute("CREATE TABLE runs (id)")
        database.executemany("INSERT INTO runs VALUES (?)", [(n,) for n in range(5000)])
        database.commit()
    content = bytearray((well / "mlruns/mlflow.db").read_bytes())
    content[8192:12288] = np.random.default_rng(1).bytes(4096)
    (well / "mlruns/mlflow.db").write_bytes(content)
    found = health.examine(subject(well), ["store"])
    assert ill(found) == {"store.databases": "critical"}
    assert "mlflow.db" in found[0].next_step


def test_levels_are_ordered() -> None:
    assert checks.LEVELS == ("ok", "warning", "critical")
