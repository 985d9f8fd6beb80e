"""The best model of an evaluation as a version of the registry: loadable by MLflow, with its card.

writes  mlruns/ (by MLflow)

Each step finds what a former call has done: a call that was cut short is completed by the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.ranking.model_names import BASELINE
from recsys.registry import card, logged_models, runs, verdicts, versions
from recsys.registry.card import Facts

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

ABOUT = "Recommends products to the shop's customers."


@dataclass(frozen=True)
class Origin:
    """What the folder that MLflow loads is made of."""

    model: Path  # the model's folder
    logged_model: str  # m-..., MLflow's name of the model
    run_id: str
    card: str


# makes the folder, which must not be there yet (recsys/pyfunc/folder.py)
Package = Callable[[Path, Origin], None]


@dataclass(frozen=True)
class Published:
    """What the registry has after an evaluation was published."""

    model_id: str
    version: int
    stage: str
    metric: str
    value: float
    popularity: float

    def sentence(self) -> str:
        """One line for people."""
        against = "beats" if self.value > self.popularity else "does not beat"
        return (
            f"registered {self.model_id} as version {self.version} (stage {self.stage}): "
            f"{self.metric} {self.value:.4f} {against} popularity's {self.popularity:.4f}"
        )


@dataclass(frozen=True)
class Registration:
    """A model that is registered."""

    client: "MlflowClient"
    mlruns: Path
    facts: Facts
    run_id: str
    folder: Path  # of the model
    package: Package

    @property
    def model_id(self) -> str:
        return self.facts.manifest.model_id

    def register(self) -> Published:
        """The version, made if it is new; staged if it beats popularity."""
        evaluation = self.facts.evaluation
        value = evaluation.primary_of(evaluation.best)
        popularity = evaluation.primary_of(BASELINE)
        self._ensure_registered_model()
        version = self._ensure_version(self._ensure_logged_model())
        if value > popularity and versions.stage(self.client, version.number):
            version = versions.find(self.client, self.model_id) or version
        return Published(
            self.model_id,
            version.number,
            version.stage,
            evaluation.primary,
            value,
            popularity,
        )

    def _ensure_registered_model(self) -> None:
        if not self.client.search_registered_models(f"name='{versions.MODEL}'"):
            self.client.create_registered_model(versions.MODEL, description=ABOUT)

    def _ensure_logged_model(self) -> "LoggedModel":
        text = card.text(self.facts)

        def write(target: Path, logged_model: str) -> None:
            self.package(target, Origin(self.folder, logged_model, self.run_id, text))

        model = logged_models.ensure(
            self.client, self.mlruns, self.model_id, self.run_id, write
        )
        settings = runs.settings_of(self.facts.manifest)
        params = {key: str(value) for key, value in settings.items()}
        logged_models.measure(
            self.client, model, self.facts.row, self.facts.state, params
        )
        return model

    def _ensure_version(self, model: "LoggedModel") -> versions.Version:
        known = versions.find(self.client, self.model_id)
        if known is None:
            self.client.create_model_version(
                versions.MODEL,
                source=model.artifact_location,
                run_id=self.run_id,
                model_id=model.model_id,
                tags={
                    "model_id": self.model_id,
                    "model_type": self.facts.manifest.model_type,
                },
            )
        version = versions.find(self.client, self.model_id)
        assert version is not None  # noqa: S101 - it is there or was made just now, under the lock
        logged_models.name_version(self.client, model, versions.MODEL, version.number)
        verdicts.describe(self.client, version, card.text(self.facts, version.verdict))
        return version
