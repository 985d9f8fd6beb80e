"""The registry and the runs of a shared store, without MLflow (its import takes 3 s): what the
modules that read mlruns/mlflow.db ask a server.

reads   an MLflow server (recsys/shared_store/rest.py)
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from recsys.registry.versions import MODEL, ROLLED_BACK, VERDICT, Version
from recsys.shared_store import rest
from recsys.shared_store.address import Address


def versions(store: Address) -> list[Version]:
    """All registered versions, oldest first. StoreError if the server is not reached."""
    rows = sorted(_rows(store), key=lambda row: int(row["version"]))
    return [_version(row, rest.tags_of(row)) for row in rows]


def aliases(store: Address) -> dict[str, int]:
    """alias -> version number; {} if nothing was registered yet. StoreError as `versions`."""
    named = urlencode({"name": MODEL})
    try:
        found = rest.ask(store.registry, f"registered-models/get?{named}")
    except rest.RefusedError as error:
        if error.code != rest.NONE_THERE:
            raise
        return {}
    listed = found["registered_model"].get("aliases", ())
    return {str(one["alias"]): int(one["version"]) for one in listed}


def model_ids(store: Address) -> dict[str, str]:
    """The model id that each alias names. StoreError as `versions`."""
    known = {one.number: one.model_id for one in versions(store)}
    return {
        alias: known[number]
        for alias, number in aliases(store).items()
        if known.get(number)
    }


def cards(store: Address) -> list[tuple[int, str, str, str]]:
    """Number, stage, description and model id of each version, newest first."""
    rows = sorted(_rows(store), key=lambda row: -int(row["version"]))
    return [
        (
            int(row["version"]),
            row.get("current_stage") or "None",
            row.get("description", ""),
            rest.tags_of(row).get("model_id", ""),
        )
        for row in rows
    ]


def experiment_id(store: Address, name: str) -> str:
    """The id of the experiment of this name; "" if there is none."""
    asked = urlencode({"experiment_name": name})
    try:
        found = rest.ask(store.tracking, f"experiments/get-by-name?{asked}")
    except rest.RefusedError as error:
        if error.code != rest.NONE_THERE:
            raise
        return ""
    return str(found["experiment"]["experiment_id"])


def runs(store: Address, experiment: str, which: str) -> Iterator[Any]:
    """Runs of an experiment, by id, that a filter of MLflow lets through, oldest first."""
    asked = {
        "experiment_ids": [experiment],
        "filter": which,
        "order_by": ["attributes.start_time ASC"],
    }
    return rest.pages(store.tracking, "runs/search", "runs", asked)


def _rows(store: Address) -> Iterator[Any]:
    path, query = "model-versions/search", {"filter": f"name='{MODEL}'"}
    return rest.listed(store.registry, path, "model_versions", query)


def _version(row: dict[str, Any], tags: dict[str, str]) -> Version:
    made_ms = int(row.get("creation_timestamp", 0))
    return Version(
        number=int(row["version"]),
        model_id=tags.get("model_id", ""),
        model_type=tags.get("model_type", ""),
        stage=row.get("current_stage") or "None",
        run_id=row.get("run_id", ""),
        created_at=datetime.fromtimestamp(made_ms / 1000, UTC),
        rolled_back=tags.get(ROLLED_BACK) == "true",
        verdict=tags.get(VERDICT, ""),
    )
