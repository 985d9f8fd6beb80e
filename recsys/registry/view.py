"""What the MLflow UI shows first: the runs of models, with the metrics that matter as columns.

The UI opens in its view for GenAI unless the address says otherwise, and shows no metric until
somebody chooses columns. A view that is stored as a tag of the experiment, under a name that the
address has, is what it calls a shared one.

reads   mlruns/mlflow.db, or a shared store: for the address, without MLflow
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from recsys.files import sqlite
from recsys.registry.store import DATABASE, EXPERIMENT
from recsys.shared_store import address as shared_address

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "shop"
WIDTH = 130  # pixels of a column
TAG = f"mlflow.sharedViewState.{NAME}"
NOTE = "mlflow.note.content"
ABOUT = (
    "Models of the shop's recommender. A run named `evaluation` is one state of the data: below it "
    "stand the models that were made of it and the baselines, each with a description."
)
ADVICE = "restore it from a copy, or move it away and run `make repro`"


def columns(primary: str) -> list[str]:
    """The metrics that matter, in their order."""
    cutoff = primary.partition("_at_")[2]
    names = (
        primary,
        f"{primary}_low",
        f"{primary}_high",
        f"{primary}_over_popularity",
        f"ndcg_at_{cutoff}",
        f"coverage_at_{cutoff}",
        f"newcomer_{primary}",
        "cold_item_recall_at_10",
    )
    return list(dict.fromkeys(names))


def state(primary: str) -> str:
    """The view as the UI reads it."""
    chosen = [f"metrics.`{name}`" for name in columns(primary)]
    beside = ["attributes.`Models`", "attributes.`Dataset`"]
    return json.dumps(
        {
            "selectedColumns": [*chosen, *beside],
            "columnOrder": [*chosen, *beside],
            "columnWidths": dict.fromkeys(chosen, WIDTH),
        }
    )


def store(client: "MlflowClient", experiment_id: str, primary: str) -> None:
    """Let the experiment have the view, and say what it is."""
    tags = client.get_experiment(experiment_id).tags
    wanted = {TAG: state(primary), NOTE: ABOUT}
    for key, value in wanted.items():
        if tags.get(key) != value:
            client.set_experiment_tag(experiment_id, key, value)


def address(server: str, mlruns: Path) -> str:
    """Where to open the UI that runs at `server`, or that of the shared store: the runs of our
    experiment, in this view.

    StoreError if the database cannot be read.
    """
    if there := shared_address.shared():
        from recsys.registry import remote  # here: a local store does without

        return _opens(there.tracking, remote.experiment_id(there, EXPERIMENT))
    query = f"SELECT experiment_id FROM experiments WHERE name = '{EXPERIMENT}'"  # noqa: S608 - a constant
    rows = sqlite.read_rows(mlruns / DATABASE, "experiments", query, ADVICE)
    return _opens(server, str(rows[0][0]) if rows else "")


def _opens(server: str, experiment_id: str) -> str:
    if not experiment_id:
        return server
    asked = {"workflowType": "machine_learning", "viewStateShareKey": NAME}
    return f"{server}/#/experiments/{experiment_id}/runs?{urlencode(asked)}"
