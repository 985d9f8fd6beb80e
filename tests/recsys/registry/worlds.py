"""Two small models, an evaluation of them, and a store."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys.files.atomic import write_json
from recsys.models import factors, model_folder
from recsys.registry import publish, store, versions
from recsys.registry.data_state import DataState, Stats
from recsys.registry.registration import Origin

if TYPE_CHECKING:
    from mlflow import MlflowClient

VALUES = {"als": 0.3, "bpr": 0.2, "popularity": 0.25, "random": 0.01}


STATS = Stats(
    interactions=12,
    events=10,
    users=4,
    trainable_users=3,
    items=5,
    train_interactions=6,
    oldest_event="2026-01-02T00:00:00+00:00",
    newest_event="2026-03-04T00:00:00+00:00",
)
STATE = DataState("ab" * 32, STATS, "leave_one_out")


def package(target: Path, origin: Origin) -> None:
    """A folder that stands for one that MLflow loads (recsys/pyfunc makes real ones)."""
    target.mkdir()
    (target / "MODEL_CARD.md").write_text(origin.card)
    (target / "MLmodel").write_text(f"{origin.logged_model} {origin.run_id}")


class World:
    """Two models, an evaluation of them, and a store."""

    def __init__(self, folder: Path) -> None:
        self.mlruns = folder / "mlruns"
        self.metrics = folder / "metrics/evaluate.json"
        self.folders = {name: folder / "models" / name for name in ("als", "bpr")}
        for name in self.folders:
            self.train(name, seed=1)
        self.report(VALUES)

    def train(self, name: str, seed: int) -> str:
        ones = np.full((1, 2), seed, np.float32)
        curve = [{"iteration": step, "loss": 1 / step} for step in (1.0, 2.0)]
        params = {"factors": 2, "seed": seed}
        return model_folder.save(
            factors.Factors(["u"], ["i"], ones, ones),
            curve,
            name,
            params,
            {},
            self.folders[name],
        )

    def report(
        self,
        values: dict[str, float],
        best: str = "als",
        blend: dict[str, float] | None = None,
    ) -> None:
        rows = {
            name: {"recall_at_10": value, "recall_at_10_low": value - 0.01}
            for name, value in values.items()
        }
        write_json(
            self.metrics,
            {
                "best": best,
                "primary": "recall_at_10",
                "test_users": 9,
                "test_users_in_all": 9,
                "models": rows,
                "blend": blend or {},
            },
        )

    def publish(self, state: DataState = STATE) -> publish.Published:
        return publish.publish(self.metrics, self.folders, self.mlruns, state, package)

    def others(self) -> list[Any]:
        """All runs but those of evaluations."""
        return [run for run in self.runs() if run.data.tags["kind"] != "evaluation"]

    @property
    def client(self) -> "MlflowClient":
        return store.client(self.mlruns)

    @property
    def experiment_id(self) -> str:
        return store.experiment_id(self.client)

    def runs(self) -> list[Any]:
        return list(self.client.search_runs([self.experiment_id]))

    def versions(self) -> list[tuple[int, str, str]]:
        return [
            (version.number, version.model_id, version.stage)
            for version in versions.versions(self.client)
        ]


def summary(world: World) -> dict[str, tuple[str, dict[str, float], dict[str, str]]]:
    """Status, metrics and params of each run, by its model id."""
    return {
        run.data.tags["model_id"]: (run.info.status, run.data.metrics, run.data.params)
        for run in world.others()
    }
