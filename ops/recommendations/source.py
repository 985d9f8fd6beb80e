"""The model that a look or an export is of: that in production, else in Staging, else as trained.

reads   releases/, mlruns/, models/, data/, params.yaml (process.positive_threshold)

A release that was published is taken as it is; of another model one is made in memory, by the data
as it stands. Nothing is written.
"""

from dataclasses import dataclass
from pathlib import Path

from recsys.files.atomic import read_json
from recsys.program import params as parameters
from recsys.program.errors import ConfigError, DataError
from recsys.ranking.evaluation_file import MODELS
from recsys.registry import aliases, versions
from recsys.serving import hidden, pointer, release, trained
from recsys.serving.recommender import Recommender
from recsys.serving.release import Release

METRICS = Path("metrics/evaluate.json")


@dataclass(frozen=True)
class Places:
    """Where all that is needed stands, from the project's folder."""

    root: Path

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def mlruns(self) -> Path:
        return self.root / "mlruns"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def params(self) -> Path:
        return self.root / "params.yaml"


@dataclass(frozen=True)
class Source:
    """A model that answers, and where it was found, in words."""

    recommender: Recommender
    where: str


def choose(places: Places, wanted: str | None) -> Source:
    """The model `wanted` by its id, or the one that stands nearest to customers.

    DataError if there is none, or if it or the shop's data is torn or missing.
    """
    model_id, where = (
        (wanted, "as asked for") if wanted is not None else _nearest(places)
    )
    made = _release(places, pointer.check_id(model_id))
    recommender = Recommender(made)
    recommender.catalogue.hide(hidden.read(places.releases / hidden.HIDDEN))
    return Source(recommender, where)


def _nearest(places: Places) -> tuple[str, str]:
    named = aliases.model_ids(places.mlruns)
    served = named.get(versions.CHAMPION) or pointer.current(places.releases)
    if served:
        return served, "in production"
    if versions.CHALLENGER in named:
        return named[versions.CHALLENGER], "in Staging"
    if found := _as_trained(places):
        return found, "as trained, not registered"
    raise DataError(f"{places.models}: no model yet; run `make repro` to train one")


def _as_trained(places: Places) -> str | None:
    """The model that the evaluation found best, else the first that is there."""
    ids = trained.ids(places.models, places.mlruns)
    try:
        best = str(read_json(places.root / METRICS)["best"])
    except (DataError, KeyError, TypeError):
        best = MODELS[0]
    of_best = [model_id for model_id in ids if model_id.startswith(f"{best}-")]
    return next(iter(of_best or ids), None)


def _release(places: Places, model_id: str) -> Release:
    if (places.releases / model_id).exists():
        return release.load(places.releases, model_id)
    # here: a release that was published is read without polars
    from recsys.serving.contents import Sources, contents

    model = trained.find(model_id, places.models, places.mlruns)
    sources = Sources.under(places.data, threshold(places.params))
    return release.in_memory(*contents(model, sources))


def threshold(params: Path) -> float:
    """The rating from which on an event is a positive. ConfigError if params.yaml does not say."""
    section = parameters.read(params).get("process")
    value = section.get("positive_threshold") if isinstance(section, dict) else None
    if not isinstance(value, int | float):
        raise ConfigError(
            f"{params}: process.positive_threshold is missing or no number; correct it"
        )
    return float(value)
