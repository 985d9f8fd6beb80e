"""A project folder that has lived for a while, for tests of what is said of it."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bench.house.imports import ROOT
from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.scheduler import run_history
from recsys.registry import schema
from recsys.registry.store import DATABASE
from recsys.registry.versions import CHAMPION, MODEL
from tests.ops.conftest import Shop
from tests.ops.explain.rows import NOW, ran

HELD = "als-9 stays in Staging: the gate holds it; wait for a better one"
DOWN = "the runner was down, and a later slot was due by then"


def lived(root: Path) -> Path:
    """A refresh that went well at 02:00 and was missed the day before, a train that failed by hand,
    a deploy that the gate held; als-1 is live since yesterday. Its params.yaml is the shipped one.
    """
    shutil.copy(ROOT / "params.yaml", root)
    state = root / "state"
    two = NOW - timedelta(hours=9)
    run_history.note_start(state, NOW - timedelta(days=3))
    ran(state, "refresh", two, "ok", slot=two, reason="37 new interactions")
    late = {("refresh", two - timedelta(days=1)): DOWN}
    run_history.settle(state, NOW, ["refresh"], {}, late)
    ran(state, "train", NOW - timedelta(hours=3), "failed", 3, said="error: no room\n")
    ran(state, "deploy", NOW - timedelta(hours=6), "skipped", 4, reason=HELD)
    put(state, "als-1", NOW - timedelta(days=1))
    register(root / "mlruns", "als-1")
    (root / "releases/als-1").mkdir(parents=True)
    (root / "releases/current").write_text("als-1\n")
    return root


def register(mlruns: Path, model_id: str) -> None:
    """A registry whose version 1 is this model, the champion; made without MLflow."""
    mlruns.mkdir()
    assert schema.lay(mlruns / DATABASE)
    rows = {
        "registered_models (name)": (MODEL,),
        "model_versions (name, version, current_stage, creation_time)": (
            *(MODEL, 1, "Production", 1000 * NOW.timestamp()),
        ),
        "model_version_tags (name, version, key, value)": (
            *(MODEL, 1, "model_id", model_id),
        ),
        "registered_model_aliases (name, alias, version)": (MODEL, CHAMPION, 1),
    }
    with closing(sqlite3.connect(mlruns / DATABASE)) as database, database:
        for table, values in rows.items():
            marks = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO {table} VALUES ({marks})", values)


def put(state: Path, model_id: str, at: object) -> None:
    """Write down that a model went into production."""
    intent = Intent(
        "promote", model_id, 1, None, None, None, "ann@shop", "gate: PROMOTE, good"
    )
    number = deployment_log.begin(state / "runner.db", intent, at)  # type: ignore[arg-type]  # a datetime
    deployment_log.finish(state / "runner.db", number, "verified", "2 workers", at)  # type: ignore[arg-type]  # a datetime


def snapshot(root: Path) -> dict[Path, bytes]:
    """All files as they are."""
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def deploy(shop: Shop, model_id: str, status: str, verdict: str = "") -> None:
    """A row of the deployment log, with this outcome unless it is `started`."""
    intent = Intent("promote", model_id, 1, None, None, None, "ann@shop", verdict)
    number = deployment_log.begin(shop.db, intent, shop.clock())
    if status != "started":
        deployment_log.finish(shop.db, number, status, "said so", shop.clock())  # type: ignore[arg-type]  # a Status
