"""Trained models by their id: as the stages wrote them, or as MLflow keeps them."""

from pathlib import Path

from recsys.models import manifest, model_folder
from recsys.models.manifest import Manifest
from recsys.models.model_folder import SavedModel
from recsys.models.warm_start import kept_models
from recsys.program.errors import DataError


def folders(models: Path, mlruns: Path) -> list[Path]:
    """All folders that may hold a model, those of the stages first."""
    return [*sorted(models.glob("*/")), *kept_models(mlruns)]


def release_of(model_id: str, mlruns: Path) -> Path | None:
    """The release that a registered model holds; None if it was never registered."""
    places = mlruns.glob(f"artifacts/models/*/artifacts/artifacts/{model_id}")
    return next(iter(sorted(places)), None)


def manifests(models: Path, mlruns: Path) -> dict[str, Manifest]:
    """What every model that is there says of itself, by id; its other files are not looked at."""
    found = (_manifest_of(folder) for folder in folders(models, mlruns))
    return {one.model_id: one for one in found if one}


def find(model_id: str, models: Path, mlruns: Path) -> SavedModel:
    """The model of this id, checked. DataError if it is nowhere, or torn wherever it is."""
    torn: DataError | None = None
    for folder in folders(models, mlruns):
        if _id_of(folder) == model_id:
            try:
                return model_folder.load(folder)
            except DataError as error:
                torn = torn or error
    if torn:
        raise torn
    known = ", ".join(sorted(set(ids(models, mlruns)))) or "none"
    raise DataError(
        f"no model {model_id[:60]!r} in {models}/ or {mlruns}/; there are {known}"
    )


def ids(models: Path, mlruns: Path) -> list[str]:
    """The ids of all models that are there."""
    found = [_id_of(folder) for folder in folders(models, mlruns)]
    return [model_id for model_id in found if model_id]


def _id_of(folder: Path) -> str:
    found = _manifest_of(folder)
    return found.model_id if found else ""


def _manifest_of(folder: Path) -> Manifest | None:
    try:
        return manifest.read(folder)
    except (DataError, OSError):  # not a model
        return None
