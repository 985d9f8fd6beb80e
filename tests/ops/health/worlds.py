"""A pipeline that is well at NOW, and what looks at it."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ops.deploy import deployment_log
from ops.deploy.deployment_log import Intent
from ops.deploy.service_client import Service
from ops.health import checks, service
from ops.health.checks import Check, Subject
from ops.scheduler import run_history
from recsys.files.tables import write_table
from recsys.program import params as parameters
from recsys.ranking import evaluation_file
from recsys.ranking.evaluation_file import Evaluation
from tests.recsys.serving import worlds
from tests.worlds import make_shop

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SHIPPED = parameters.load(checks.Params, "health", ROOT / "params.yaml")
# this machine's disk is not what is tested
LIMITS = SHIPPED.model_copy(update={"min_free_gb": 0.0, "warn_free_gb": 0.0})
MODELS = {"als": {"recall_at_10": 0.5}, "popularity": {"recall_at_10": 0.25}}
DATA = (
    "data/merged/products.parquet",
    "data/processed/data_stats.json",
    "data/embeddings/items.npz",
)


def subject(root: Path, now: datetime = NOW, **others: Any) -> Subject:
    """A look at the pipeline under `root`."""
    known = {
        "root": root,
        "mlruns": root / "mlruns",
        "state": root / "state",
        "params": LIMITS,
        "service": None,
        "now": now,
    }
    return Subject(**{**known, **others})


def check_service(found: Service, root: Path, state: Path, now: datetime) -> Check:
    """What the job's look says of whether the service serves what is in production."""
    looked = subject(root, now, state=state, service=found, is_job=True)
    return service.look(looked)[0]


def evaluate(root: Path, **models: float) -> None:
    """metrics/evaluate.json with recall_at_10 of each model; als is the best."""
    of = {name: {"recall_at_10": recall} for name, recall in models.items()}
    evaluation = Evaluation(
        best="als",
        primary="recall_at_10",
        test_users=9,
        test_users_in_all=9,
        models={**MODELS, **of},
    )
    evaluation_file.write(root / "metrics/evaluate.json", evaluation)


def newest_event(root: Path, moment: datetime) -> None:
    """The newest event, as process would write it, with dvc.lock to match."""
    stats = {"newest_event": moment.isoformat()}
    (root / "data/processed/data_stats.json").write_text(json.dumps(stats))
    lock_data(root)


def lock_data(root: Path) -> None:
    """Write dvc.lock as the files under data/ are now."""
    outs = [
        {"path": name, "md5": hashlib.md5((root / name).read_bytes()).hexdigest()}  # noqa: S324 - DVC's hash
        for name in DATA
    ]
    content = {"schema": "2.0", "stages": {"process": {"outs": outs}}}
    (root / "dvc.lock").write_text(json.dumps(content))  # JSON is YAML


def deploy(root: Path, model_id: str, created_at: datetime = NOW - DAY) -> int:
    """Put a model into production by the log; its number there."""
    db = root / "state/runner.db"
    intent = Intent("promote", model_id, 1, None, None, created_at)
    number = deployment_log.begin(db, intent, NOW)
    deployment_log.finish(db, number, "promoted", "", NOW)
    return number


def make_well(root: Path) -> str:
    """Make a pipeline that is well at NOW; the id of its model."""
    make_shop(root)
    model_id = worlds.publish(root)
    ids = [f"p{item}" for item in range(worlds.ITEMS)]
    write_table(
        pl.DataFrame({"product_id": ids}), root / "data/merged/products.parquet"
    )
    newest_event(root, NOW - DAY)
    evaluate(root)
    deploy(root, model_id)
    run = run_history.open_run(root / "state", "train", None, NOW - HOUR)
    assert run
    run_history.close_run(root / "state", run.id, "ok", 0, NOW)
    return model_id
