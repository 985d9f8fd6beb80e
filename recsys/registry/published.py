"""Whether an evaluation was published already: that costs neither MLflow nor pydantic.

reads   metrics/evaluate.json, models/<type>/manifest.json, mlruns/published/; of a shared store
        mlruns/published-<which>/, and the server
"""

from collections.abc import Mapping
from pathlib import Path

from recsys.files.atomic import sha256_of, sha256_of_json
from recsys.models.offered import MANIFEST, is_offered
from recsys.program.errors import DataError
from recsys.ranking.model_names import MODELS
from recsys.registry import store
from recsys.shared_store import address


def folders_in(models: Path) -> dict[str, Path]:
    """The folders of the models that are offered, by name. DataError if one is missing or torn."""
    every = {name: models / name for name in MODELS}
    return {name: path for name, path in every.items() if is_offered(path)}


def evaluation_id(metrics: Path, folders: Mapping[str, Path]) -> str:
    """Hash over the evaluation and the manifests of the models it is of, 16 hex digits.

    `folders` maps a model's name to its folder. DataError if a file is missing.
    """
    manifests = {name: _hash_of(folder / MANIFEST) for name, folder in folders.items()}
    return sha256_of_json({"metrics": _hash_of(metrics), "manifests": manifests})[:16]


def _hash_of(path: Path) -> str:
    try:
        return sha256_of(path)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; run `dvc repro` to make it") from None


def marker(mlruns: Path, evaluation: str) -> Path:
    """A file that stands for the evaluation that was published last.

    To see it costs no import of MLflow.
    """
    return markers(mlruns) / f"{evaluation}.txt"


def markers(mlruns: Path) -> Path:
    """Their folder: one for the store here, and one for each shared store."""
    there = address.shared()
    return mlruns / (f"published-{there.identity}" if there else "published")


def is_published(metrics: Path, folders: Mapping[str, Path], mlruns: Path) -> bool:
    """Whether this evaluation was published last, into the store that is there now.

    The marker counts only beside a store: somebody may have moved the store away. A shared one is
    asked whether it has the model. StoreError if it is not reached.
    """
    said = marker(mlruns, evaluation_id(metrics, folders))
    if not store.exists(mlruns) or not said.exists():
        return False
    there = address.shared()
    return there is None or _has_model(there, said.read_text(encoding="utf-8"))


def _has_model(there: address.Address, said: str) -> bool:
    """Whether the shared store has a version of the model that the marker speaks of."""
    from recsys.registry import remote  # here: a local store does without

    known = (one.model_id for one in remote.versions(there))
    return any(model_id and model_id in said for model_id in known)
