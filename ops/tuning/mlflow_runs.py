"""A study in MLflow: one run for it, and one nested run a trial.

writes  mlruns/ (experiment `recommender`): runs with the tag `study`, of kind `tuning` and `trial`;
        none has a model

Each is logged once, however often the study is taken up.
"""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ops.tuning import space
from ops.tuning.study import Done
from ops.tuning.task import Task
from recsys.registry import store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PAGE = 10_000


@dataclass
class Runs:
    """The runs of one study in MLflow."""

    client: "MlflowClient"
    experiment: str
    task: Task
    parent: str
    # numbers of the trials that are whole here
    logged: set[int] = field(default_factory=set)
    # run ids of those that a kill cut short
    begun: dict[int, str] = field(default_factory=dict)

    def log(self, trial: Done) -> None:
        """Write the run of a trial, its params and metrics; nothing if it is there."""
        if trial.number in self.logged:
            return
        run_id = self.begun.get(trial.number) or self._create(trial.number)
        metrics = {self.task.tune.objective: trial.value} | trial.metrics
        metrics["seconds"] = trial.seconds
        if trial.epochs is not None:
            metrics["epochs"] = trial.epochs
        settings = space.flattened(trial.settings)
        _log(
            self.client,
            run_id,
            metrics,
            {key: str(value) for key, value in settings.items()},
        )
        self.client.set_terminated(run_id, "FINISHED")
        self.logged.add(trial.number)

    def _create(self, number: int) -> str:
        tags = _tags(self.task, "trial") | {
            "trial": str(number),
            "mlflow.parentRunId": self.parent,
        }
        name = f"{self.task.name}-{number}"
        return str(
            self.client.create_run(
                self.experiment, run_name=name, tags=tags
            ).info.run_id
        )

    def close(self, best: float, present: float) -> None:
        """End the study's run with how it stands."""
        objective = self.task.tune.objective
        values = {
            f"best_{objective}": best,
            f"present_{objective}": present,
            "trials": len(self.logged),
        }
        _log(self.client, self.parent, values, {})
        self.client.set_terminated(self.parent, "FINISHED")


def opened(client: "MlflowClient", task: Task) -> Runs:
    """The runs of the study as MLflow has them; the study's own is made if it is missing."""
    experiment_id = store.experiment_id(client)
    known = _runs_of(client, experiment_id, task.name)
    parents = [run for run in known if run.data.tags.get("kind") == "tuning"]
    parent = parents[0].info.run_id if parents else _begin(client, experiment_id, task)
    runs = Runs(client, experiment_id, task, str(parent))
    for run in known:
        if run.data.tags.get("kind") != "trial":
            continue
        number = int(run.data.tags["trial"])
        if run.info.status == "FINISHED":
            runs.logged.add(number)
        else:
            runs.begun[number] = str(run.info.run_id)
    return runs


def _runs_of(client: "MlflowClient", experiment: str, study: str) -> list["Run"]:
    """All runs of the study, the oldest first."""
    runs: list[Run] = []
    token = None
    while True:
        page = client.search_runs(
            [experiment],
            f"tags.study = '{study}'",
            max_results=PAGE,
            order_by=["start_time ASC"],
            page_token=token,
        )
        runs.extend(page)
        token = page.token
        if not token:
            return runs


def _begin(client: "MlflowClient", experiment: str, task: Task) -> str:
    tags = _tags(task, "tuning")
    run = client.create_run(experiment, run_name=f"tune {task.name}", tags=tags)
    run_id = str(run.info.run_id)
    _log(
        client,
        run_id,
        {},
        {"objective": task.tune.objective, "seed": str(task.tune.seed)},
    )
    return run_id


def _tags(task: Task, kind: str) -> dict[str, str]:
    return {
        "kind": kind,
        "study": task.name,
        "model_type": task.model,
        "mlflow.source.name": "ops/tuning/tune.py",
        "mlflow.source.type": "LOCAL",
    }


def _log(
    client: "MlflowClient",
    run_id: str,
    metrics: dict[str, float],
    params: dict[str, str],
) -> None:
    from mlflow.entities import Metric, Param

    now = time.time_ns() // 1_000_000
    client.log_batch(
        run_id,
        [Metric(key, float(value), now, 0) for key, value in metrics.items()],
        [Param(key, value) for key, value in params.items()],
    )
