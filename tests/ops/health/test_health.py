"""All checks together: a fault is seen where it is, with its severity, exit code and next step;
looking changes nothing.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ops import said
from ops.alerts import outbox
from ops.deploy import deployment_log, hearings
from ops.deploy.deployment_log import Intent
from ops.deploy.service_client import Service
from ops.health import checks, health, memory, tell
from ops.health.checks import COMPONENTS, Check, exit_code
from ops.scheduler import run_history
from recsys.files.tables import write_table
from recsys.program.errors import ConfigError
from recsys.registry import versions
from recsys.statistics import court
from recsys.statistics.court import Hearing
from tests.ops.alerts.servers import http_server
from tests.ops.alerts.test_send import to
from tests.ops.conftest import FakeService, Shop
from tests.ops.health.worlds import (
    DAY,
    HOUR,
    LIMITS,
    NOW,
    ROOT,
    deploy,
    evaluate,
    lock_data,
    newest_event,
    subject,
)

SAYS_WHAT_IT_LOADS = """
import atexit, sys
from ops.health import health
from recsys.program.command_line import enter
heavy = lambda: "heavy" if "mlflow" in sys.modules else "light"
atexit.register(lambda: print(heavy(), file=sys.stderr))
enter(health.main)
"""


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
        "model_age": f"1.0 days ({model_id})",
        "model_files": f"releases/{model_id} is whole",
        "recall_at_10": "0.5000 (als)",
        "over_popularity": "recall_at_10 0.5000 (als), 0.2500 (popularity)",
        "deployment": "promoted",
        "court": "nothing against the champion",
        "service": "not configured",
        "databases": "runner.db",
        "embeddings": "10 of 10 products have a vector",
        "success_rate": "1.00 (1 of 1 runs)",
        "stale_runs": "0",
        "missed_slots": "0",
    }


def test_looking_changes_nothing(well: Path) -> None:
    before = tree(well)
    examine(well)
    assert tree(well) == before
    assert not (well / "mlruns").exists()


# ---- one fault each ----
def cut(root: Path) -> None:
    content = (root / "data/processed/data_stats.json").read_bytes()
    (root / "data/processed/data_stats.json").write_bytes(content[:-3])


def tear(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_bytes(b"x" * 9000)


def drop(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).unlink()


def damage_release(root: Path) -> None:
    [array] = root.glob("releases/als-*/item_factors.npy")
    content = bytearray(array.read_bytes())
    content[-1] ^= 1
    array.chmod(0o644)
    array.write_bytes(content)


def lose_model(root: Path) -> None:
    shutil.rmtree(root / "releases")
    shutil.rmtree(root / "models")


def product_without_vector(root: Path) -> None:
    ids = [f"p{item}" for item in range(11)]
    write_table(
        pl.DataFrame({"product_id": ids}), root / "data/merged/products.parquet"
    )
    lock_data(root)


def fail_runs(root: Path) -> None:
    for _ in range(3):
        run = run_history.open_run(root / "state", "train", None, NOW - HOUR)
        assert run
        run_history.close_run(root / "state", run.id, "failed", 3, NOW)


def hang(root: Path) -> None:
    run_history.open_run(root / "state", "embed", None, NOW - 2 * DAY)


def miss(root: Path) -> None:
    slot = NOW - 3 * HOUR
    missed = {("refresh", slot): "the runner was down"}
    run_history.settle(root / "state", NOW, ["refresh"], {}, missed)


def model_of(root: Path) -> str:
    [release] = root.glob("releases/als-*")
    return release.name


def an_old_model(root: Path) -> None:
    deploy(root, model_of(root), NOW - 31 * DAY)


def a_ruling(root: Path) -> None:
    won, lost = np.ones(60), np.zeros(60)
    hearing = Hearing(2026, model_of(root), "als-0", lost, won)
    rules = court.Params(level=0.05, fewest_users=20)
    case = court.heard(court.opened("former", hearing), hearing, rules)
    db = root / "state/runner.db"
    hearings.append(db, hearings.Heard(NOW, NOW, {"former": case}))


def no_lock_of_dvc(root: Path) -> None:
    (root / "dvc.lock").write_text('schema: "2.0"\nstages:\n  merge:\n    outs: [')


def tear_vectors(root: Path) -> None:
    tear("data/embeddings/items.npz")(root)
    lock_data(root)


FAULTS: dict[str, tuple[Callable[[Path], object], dict[str, str], int, str]] = {
    "a file is cut": (
        cut,
        {"data.data_files": "critical", "data.data_age": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "a file is gone": (
        drop("data/merged/products.parquet"),
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "a raw file is gone": (
        drop("data/raw/data_product.csv"),
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "dvc.lock is torn": (
        no_lock_of_dvc,
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`, which mends it",
    ),
    "dvc.lock is gone": (
        drop("dvc.lock"),
        {"data.data_files": "critical"},
        3,
        "run `python runner.py repro`",
    ),
    "the data is old": (
        lambda root: newest_event(root, NOW - 8 * DAY),
        {"data.data_age": "critical"},
        3,
        "drops new interactions into data/staging",
    ),
    "an event is in the future": (
        lambda root: newest_event(root, NOW + DAY),
        {"data.data_age": "warning"},
        0,
        "check this machine's clock",
    ),
    "nothing was ever deployed": (
        drop("state/runner.db"),
        {"models.model_age": "critical"},
        4,
        "`python runner.py promote`",
    ),
    "a release is damaged": (
        damage_release,
        {"models.model_files": "critical"},
        4,
        "`python runner.py rollback`",
    ),
    "the model's files are gone": (
        lose_model,
        {"models.model_files": "critical"},
        4,
        "`python runner.py rollback`",
    ),
    "recall is low": (
        lambda root: evaluate(root, als=0.05, popularity=0.01),
        {"models.recall_at_10": "critical"},
        4,
        "`python runner.py tune`",
    ),
    "popularity is as good": (
        lambda root: evaluate(root, als=0.5, popularity=0.5),
        {"models.over_popularity": "warning"},
        0,
        "`python runner.py tune`",
    ),
    "there is no evaluation": (
        drop("metrics/evaluate.json"),
        {"models.recall_at_10": "critical", "models.over_popularity": "critical"},
        4,
        "run `dvc repro`",
    ),
    "alerts.db is torn": (
        tear("state/alerts.db"),
        {"store.databases": "critical"},
        6,
        "move it away",
    ),
    "runner.db is torn": (
        tear("state/runner.db"),
        {
            "models.model_age": "critical",
            "models.model_files": "critical",
            "models.deployment": "critical",
            "models.court": "critical",
            "store.databases": "critical",
            "pipelines.success_rate": "critical",
            "pipelines.stale_runs": "critical",
            "pipelines.missed_slots": "critical",
        },
        4,
        "move it away",
    ),
    "a product has no vector": (
        product_without_vector,
        {"store.embeddings": "warning"},
        0,
        "run `python runner.py run embed`",
    ),
    "the vectors are torn": (
        tear_vectors,
        {"store.embeddings": "critical"},
        6,
        "items.npz",
    ),
    "runs fail": (
        fail_runs,
        {"pipelines.success_rate": "critical"},
        70,
        "the newest logs in state/logs",
    ),
    "a run hangs": (
        hang,
        {"pipelines.stale_runs": "warning"},
        0,
        "`python runner.py status`",
    ),
    "a slot was missed": (
        miss,
        {"pipelines.missed_slots": "warning"},
        0,
        "if the work is needed now: `python runner.py run refresh`",
    ),
    "the model is old": (
        an_old_model,
        {"models.model_age": "warning"},
        0,
        "`python runner.py run train`",
    ),
    "customers would have liked the former model better": (
        a_ruling,
        {"models.court": "warning"},
        0,
        "`python runner.py rollback`",
    ),
}
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


# ---- the command ----
def command(
    root: Path, *arguments: str, code: str = SAYS_WHAT_IT_LOADS, **env: str
) -> "subprocess.CompletedProcess[str]":
    places = [
        *("--params", str(root / "params.yaml")),
        *("--mlruns", str(root / "mlruns")),
        *("--state", str(root / "state")),
    ]
    return subprocess.run(
        [sys.executable, "-c", code, *places, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": os.defpath, **env},
        check=False,
    )


def test_the_command_prints_json_and_stays_light(well: Path) -> None:
    before = tree(well)
    done = command(well, "--json")
    report = json.loads(done.stdout)
    assert report["overall"] == "critical"
    assert report["components"] == {
        "data": "critical",
        "models": "ok",
        "service": "ok",
        "store": "ok",
        "pipelines": "ok",
        "disk": report["components"]["disk"],
    }
    keys = {"component", "name", "level", "value", "threshold", "next_step"}
    assert keys <= report["checks"][0].keys()
    assert (done.returncode, done.stderr) == (3, "light\n")
    assert tree(well) == before


def test_a_component_alone_gives_the_exit_code(well: Path) -> None:
    done = command(well, "--component", "models")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "overall: ok")
    assert command(well, "--component", "nothing").returncode == 2


def test_the_command_on_nothing_at_all(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    done = command(tmp_path)
    assert done.returncode == 3
    assert done.stdout.splitlines()[-1] == "overall: critical"
    assert "no model is in Production" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_the_job_that_finds_the_patient_ill_has_not_failed(well: Path) -> None:
    says = well / "said.json"
    done = command(well, **{said.SAYS: str(says)})
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "overall: critical"
    told = said.heard(says)
    assert (told.status, told.reason) == ("ok", "found critical: data_age")
    causes = [one.cause for one in outbox.causes(well / "state")]
    assert "health.data" in causes
    assert memory.read(well / "state").files


def test_alert_tells_what_has_changed_and_delivers_it(well: Path) -> None:
    with http_server() as hook:
        for _ in range(2):
            done = command(
                well, "--alert", "--component", "data", SHOP_ALERT_URLS=hook.url
            )
            assert done.returncode == 3
        newest_event(well, datetime.now(UTC))
        done = command(well, "--alert", "--component", "data", SHOP_ALERT_URLS=hook.url)
        assert (done.returncode, done.stderr) == (0, "light\n")
        lines = hook.lines()
    assert len(lines) == 2
    assert lines[0].startswith("CRITICAL health.data: data_age: ")
    assert lines[1] == "RECOVERED health.data: data: all checks are ok again"


def test_an_alert_that_does_not_leave_changes_no_exit_code(well: Path) -> None:
    with http_server("refuse") as hook:
        done = command(
            well, "--alert", "--component", "models", SHOP_ALERT_URLS=hook.url
        )
        assert done.returncode == 0
        done = command(well, "--alert", "--component", "data", SHOP_ALERT_URLS=hook.url)
    assert done.returncode == 3
    assert "not delivered, tried again later: receiver 1" in done.stdout


def test_a_torn_database_of_mlflow_is_said(well: Path) -> None:
    (well / "mlruns").mkdir()
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
