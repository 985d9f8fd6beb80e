"""The model that a look or an export is of: that in production, else in Staging, else as trained.

reads   releases/, mlruns/, models/, data/, params.yaml (process.positive_threshold)

A release that was published is taken as it is; of another model one is made in memory, by the data
as it stands. Nothing is written. A line of the hide list that hides nothing is told on stderr.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from ops.deploy import releases
from ops.deploy.releases import Places
from recsys.files.atomic import read_json
from recsys.program import place
from recsys.program.errors import DataError
from recsys.ranking.model_names import MODELS
from recsys.registry import aliases, versions
from recsys.serving import hidden, trained
from recsys.serving.recommender import Recommender

METRICS = Path("metrics/evaluate.json")


@dataclass(frozen=True)
class Source:
    """A model that answers, and where it was found, in words."""

    recommender: Recommender
    where: str


def choose(places: Places, wanted: str | None) -> Source:
    """The model `wanted` by its id, or the one that stands nearest to customers.

    DataError if there is none, or if it or the shop's data is torn or missing. DiskError if
    releases/ is a link to a share that is away: what is hidden is not known then.
    """
    place.refuse_if_away(places.releases)
    model_id, where = (
        (wanted, "as asked for") if wanted is not None else _nearest(places)
    )
    recommender = Recommender(releases.made(places, model_id))
    recommender.catalogue.hide(*hidden.read_both(places.releases))
    if said := hidden.told(recommender.catalogue.not_named):
        print(said, file=sys.stderr)
    return Source(recommender, where)


def _nearest(places: Places) -> tuple[str, str]:
    named = aliases.model_ids(places.mlruns)
    served = named.get(versions.CHAMPION) or releases.current(places)
    if served:
        return served, "in production"
    if versions.CHALLENGER in named:
        return named[versions.CHALLENGER], "in Staging"
    if found := _as_trained(places):
        return found, "the newest one, not in Staging"
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
