"""How good the models were over time, by each evaluation that was published.

reads   mlruns/mlflow.db      the tables that recsys/registry/schema.sql has, without MLflow; or a
                              shared store
writes  nothing

An evaluation is one state of the data (recsys/registry/evaluations.py): its run has the metric of
its best model, and the run of the popularity list stands below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recsys.files import sqlite
from recsys.registry import remote
from recsys.registry.store import DATABASE, EXPERIMENT
from recsys.shared_store import address
from recsys.shared_store.address import Address
from recsys.statistics.bootstrap import MeanInterval

ADVICE = "restore it from a copy, or move it away and run `make repro`"
SHOWN = 26  # the newest evaluations: half a year of weekly ones
BASELINE = "popularity"
EVALUATIONS = """
SELECT run.run_uuid, run.start_time, metric.key, metric.value
FROM runs AS run
JOIN tags AS kind ON kind.run_uuid = run.run_uuid
JOIN latest_metrics AS metric ON metric.run_uuid = run.run_uuid
WHERE kind.key = 'kind' AND kind.value = 'evaluation'
  AND run.lifecycle_stage = 'active' AND run.status = 'FINISHED'
ORDER BY run.start_time, run.run_uuid
"""
BASELINES = f"""
SELECT parent.value, metric.key, metric.value
FROM tags AS type
JOIN tags AS parent ON parent.run_uuid = type.run_uuid
JOIN latest_metrics AS metric ON metric.run_uuid = type.run_uuid
WHERE type.key = 'model_type' AND type.value = '{BASELINE}'
  AND parent.key = 'mlflow.parentRunId'
"""  # noqa: S608 - a constant
BESTS = "SELECT run_uuid, value FROM tags WHERE key = 'best'"


@dataclass(frozen=True)
class Evaluated:
    """An evaluation: the best model of a state of the data, beside the popularity list."""

    at: datetime  # UTC, when it was published
    metric: str
    best: str  # als or bpr
    model: MeanInterval
    popularity: MeanInterval


def evaluations(mlruns: Path) -> list[Evaluated]:
    """The newest ones, oldest first; [] where nothing was published. StoreError if the database
    cannot be read.
    """
    if there := address.shared():
        return _shared(there)
    database = mlruns / DATABASE
    times: dict[str, int] = {}
    metrics: dict[str, dict[str, float]] = {}
    for run, at, key, value in sqlite.read_rows(database, "runs", EVALUATIONS, ADVICE):
        times[run] = at
        metrics.setdefault(run, {})[key] = value
    beside: dict[str, dict[str, float]] = {}
    for run, key, value in sqlite.read_rows(database, "tags", BASELINES, ADVICE):
        beside.setdefault(run, {})[key] = value
    bests = dict(sqlite.read_rows(database, "tags", BESTS, ADVICE))
    return [
        one
        for run in list(times)[-SHOWN:]
        if (one := _one(times[run], metrics[run], beside.get(run), bests.get(run, "")))
    ]


def _shared(store: Address) -> list[Evaluated]:
    """The same, of a server."""
    experiment = remote.experiment_id(store, EXPERIMENT)
    if not experiment:
        return []
    kinds = "tags.kind = 'evaluation' and attributes.status = 'FINISHED'"
    parents = [*remote.runs(store, experiment, kinds)][-SHOWN:]
    below = remote.runs(store, experiment, f"tags.model_type = '{BASELINE}'")
    beside = {_tags(run).get("mlflow.parentRunId"): _metrics(run) for run in below}
    return [
        one
        for run in parents
        if (
            one := _one(
                int(run["info"]["start_time"]),
                _metrics(run),
                beside.get(run["info"]["run_id"]),
                _tags(run).get("best", ""),
            )
        )
    ]


def _metrics(run: Any) -> dict[str, float]:
    listed = run["data"].get("metrics", ())
    return {one["key"]: float(one["value"]) for one in listed}


def _tags(run: Any) -> dict[str, str]:
    return {one["key"]: one.get("value", "") for one in run["data"].get("tags", ())}


def _one(
    at_ms: int, row: Mapping[str, float], beside: Mapping[str, float] | None, best: str
) -> Evaluated | None:
    """None if the run does not say what it measured."""
    named = [key for key in row if key.startswith(f"{BASELINE}_")]
    metric = named[0].removeprefix(f"{BASELINE}_") if named else ""
    if metric not in row:
        return None
    popularity = beside if beside and metric in beside else {metric: row[named[0]]}
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return Evaluated(
        at, metric, best, _interval(row, metric), _interval(popularity, metric)
    )


def _interval(row: Mapping[str, float], metric: str) -> MeanInterval:
    """The metric with its interval; of no width where it has none."""
    mean = row[metric]
    return MeanInterval(
        mean, row.get(f"{metric}_low", mean), row.get(f"{metric}_high", mean)
    )
