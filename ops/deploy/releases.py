"""Releases of what is deployed: published before the service is told, pointed at when it serves.

reads   models/, mlruns/ or a shared store, data/, params.yaml (process.positive_threshold)
writes  releases/<model_id>/, releases/current; mlruns/artifacts/ (copies of a shared store)
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from recsys.program import params as parameters
from recsys.program.errors import ConfigError, DataError
from recsys.registry import copies
from recsys.serving import pointer, release, trained
from recsys.serving.array_files import ADVICE
from recsys.serving.release import Release
from recsys.shared_store import address

NOT_KNOWN = (
    "there are no files of it in models/ or mlruns/, so a service that reads releases/ goes on "
    "with the former model"
)
TORN = (
    "this is what the registry keeps: restore it from a copy, or take another model with "
    "`python runner.py rollback` or `python runner.py deploy --model-id ID`"
)


@dataclass(frozen=True)
class Places:
    """Where all that a release is made of stands, from the project's folder."""

    root: Path
    fetches: bool = True  # models of a shared store to this folder; a dry run does not

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


def made(places: Places, model_id: str) -> Release:
    """The release of this model as it was published, else as it was registered, else as it would
    be; nothing is written but a copy of what only a shared store has.

    DataError if there is no such model, or if it or the shop's data is torn or missing.
    """
    if (places.releases / pointer.check_id(model_id)).exists():
        return release.load(places.releases, model_id)
    return _made_again(places, model_id)


def _made_again(places: Places, model_id: str) -> Release:
    """The release as it was registered, else as it would be."""
    fetch(places, model_id)
    if registered := trained.release_of(model_id, places.mlruns):
        try:
            return release.load(registered.parent, model_id)
        except DataError as error:
            return _instead_of(str(error).removesuffix(f"; {ADVICE}"), places, model_id)
    return _of_model(places, model_id)


def _instead_of(torn: str, places: Places, model_id: str) -> Release:
    """The release of the model where the registry's copy is torn, which is said. DataError if there
    is no whole model, either.
    """
    try:
        found = _of_model(places, model_id)
    except DataError:
        raise DataError(f"{torn}; {TORN}") from None
    print(f"{torn}: made again of the model and of today's data", file=sys.stderr)
    return found


def _of_model(places: Places, model_id: str) -> Release:
    """The release as it would be now. DataError if model or data are torn or missing."""
    # here: a release that was published is read without polars
    from recsys.publishing.contents import Sources, contents

    model = trained.find(model_id, places.models, places.mlruns)
    folders = trained.folders(places.models, places.mlruns)
    sources = Sources.under(places.data, threshold(places.params), folders)
    return release.in_memory(*contents(model, sources))


def publish(places: Places, model_id: str) -> bool:
    """Make sure that the release of this model is there, whole; False if nobody has the model.
    One that is torn is published again, if it can be made.

    That is said: it was registered by hand. DataError if it cannot be made.
    """
    if not pointer.MODEL_ID.fullmatch(model_id) or not is_known(places, model_id):
        print(f"No release of {model_id}: {NOT_KNOWN}.")
        return False
    if is_torn(places, model_id):
        found = _made_again(places, model_id)
        shutil.rmtree(places.releases / model_id)  # who serves it has its files open
        release.keep(places.releases, found)
    else:
        release.keep(places.releases, made(places, model_id))
    return True


def is_torn(places: Places, model_id: str) -> bool:
    """Whether there is a folder of this release, but not all of it, or not as it was published."""
    folder = places.releases / model_id
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        release.load(places.releases, model_id)
    except DataError:
        return True
    return False


def point(places: Places, model_id: str) -> None:
    """Let releases/current name this release, if it was published."""
    is_published = (
        pointer.MODEL_ID.fullmatch(model_id) and (places.releases / model_id).is_dir()
    )
    if is_published and current(places) != model_id:
        pointer.switch(places.releases, model_id)


def current(places: Places) -> str | None:
    """The release that is served; None if there is none, or if releases/current is torn."""
    try:
        return pointer.current(places.releases)
    except DataError:
        return None


def is_known(places: Places, model_id: str) -> bool:
    """Whether there are files of the model, or a release; those of a shared store come first."""
    if (places.releases / model_id).exists():
        return True
    fetch(places, model_id)
    return model_id in trained.ids(places.models, places.mlruns)


def fetch(places: Places, model_id: str) -> None:
    """Bring the files of a model that a shared store has, and this folder not.

    StoreError if it is not reached, DataError if what comes is torn.
    """
    if address.shared() is None or not places.fetches:
        return
    is_here = model_id in trained.ids(places.models, places.mlruns)
    if not is_here or trained.release_of(model_id, places.mlruns) is None:
        copies.bring(places.mlruns, model_id)


def threshold(params: Path) -> float:
    """The rating from which on an event is a positive. ConfigError if params.yaml does not say."""
    section = parameters.read(params).get("process")
    value = section.get("positive_threshold") if isinstance(section, dict) else None
    if not isinstance(value, int | float):
        raise ConfigError(
            f"{params}: process.positive_threshold is missing or no number; correct it"
        )
    return float(value)
