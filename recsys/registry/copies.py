"""Copies of the files of models that a shared store has: what the programs of this machine read.

writes  mlruns/artifacts/<run>/, mlruns/artifacts/models/m-.../, each with a file `.copy`

They stand where MLflow keeps them in a local store, so whatever looks for a model finds them. A
model is named by its content, so a copy is as good as the server's. They can be deleted at any time
while the store is shared: what is needed is fetched again.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recsys.files import lock
from recsys.files.atomic import write_text
from recsys.models import manifest
from recsys.models.offered import MANIFEST
from recsys.program.errors import DataError, InstanceError
from recsys.registry import logged_models, store
from recsys.registry.lineage import FOLDER
from recsys.shared_store import address

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL = "model"  # of a run's files
WAIT_S = 600.0  # files of the largest models take minutes


def bring(mlruns: Path, model_id: str) -> None:
    """See to it that the files of this model are here, if a shared store has it; nothing where the
    store is local.

    StoreError if the server is not reached, DataError if what came is torn, InstanceError if
    another program fetches for too long.
    """
    if address.shared() is None:
        return
    with store.reachable(mlruns), _alone(mlruns):
        client = store.reader(mlruns)
        _bring_run(client, mlruns, model_id)
        _bring_release(client, mlruns, model_id)


def kept(mlruns: Path) -> list[tuple[Path, str]]:
    """The folders that are copies, each with its model's id, newest first."""
    patterns = (f"*/{logged_models.COPY}", f"models/*/{logged_models.COPY}")
    marks = [path for each in patterns for path in (mlruns / "artifacts").glob(each)]
    marks.sort(key=lambda path: (-path.stat().st_mtime_ns, str(path)))
    return [(path.parent, path.read_text(encoding="utf-8").strip()) for path in marks]


def bring_run(client: "MlflowClient", mlruns: Path, model_id: str) -> None:
    """The model and its lineage, as runs.py has logged them; nothing if they are here, or if the
    store has none. DataError if what came is torn.
    """
    with _alone(mlruns):
        _bring_run(client, mlruns, model_id)


@contextmanager
def _alone(mlruns: Path) -> Iterator[None]:
    """One at a time fetches, of all threads and programs: two want the same folder."""
    mlruns.mkdir(parents=True, exist_ok=True)
    with lock.opened(mlruns / ".copies.lock") as handle:
        if not lock.take(handle, WAIT_S):
            raise InstanceError(
                f"{mlruns}: another program has fetched models for {WAIT_S:.0f} s; wait for it to "
                f"end, then run again"
            )
        yield


def _bring_run(client: "MlflowClient", mlruns: Path, model_id: str) -> None:
    by_model_id = f"tags.model_id = '{model_id}'"
    ids = [store.experiment_id(client)]
    for run in client.search_runs(ids, by_model_id, max_results=1):
        run_id = str(run.info.run_id)
        target = mlruns / "artifacts" / run_id
        if (target / "artifacts" / MODEL / MANIFEST).exists():
            return
        with _coming(mlruns / f".{run_id}.part") as temp:
            files = temp / "artifacts"
            files.mkdir()
            for name in (MODEL, FOLDER):
                client.download_artifacts(run_id, name, str(files))
            found = manifest.read_checked(files / MODEL)
            if found.model_id != model_id:
                raise DataError(
                    f"{store.where(mlruns)}: the files of run {run_id} are of {found.model_id}, "
                    f"not of {model_id}; train another model, or restore the server from a copy"
                )
            _put(temp, target, model_id)


def _bring_release(client: "MlflowClient", mlruns: Path, model_id: str) -> None:
    """What MLflow loads, with the release in it; its reader checks every hash."""
    from mlflow.artifacts import download_artifacts

    model = logged_models.find(client, model_id)
    if model is None or str(model.status) != "READY":
        return
    target = logged_models.folder_of(mlruns, model.model_id).parent
    if (target / "artifacts" / "MLmodel").exists():
        return
    with _coming(mlruns / f".{model.model_id}.part") as temp:
        download_artifacts(
            artifact_uri=str(model.artifact_location).rstrip("/") + "/",
            dst_path=str(temp / "artifacts"),
            tracking_uri=client.tracking_uri,
        )
        if not (temp / "artifacts" / "MLmodel").exists():
            raise DataError(
                f"{store.where(mlruns)}: {model.model_id} came without its MLmodel; look at the "
                f"artifacts of the server"
            )
        _put(temp, target, model_id)


@contextmanager
def _coming(folder: Path) -> Iterator[Path]:
    """An empty folder, out of the sight of those who look for models; it is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(temp: Path, target: Path, model_id: str) -> None:
    write_text(temp / logged_models.COPY, model_id + "\n")
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    temp.replace(target)
