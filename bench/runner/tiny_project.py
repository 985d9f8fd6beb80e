"""A project with a real MLflow store whose models are files of a few bytes: it lives a year in
seconds.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ops.cleanup import dvc_cache, models
from ops.deploy import deployment_log
from recsys.registry import logged_models, store, versions

SIZE = 5000  # bytes of each file of a model


@dataclass
class TinyProject:
    """The folder of a project, as training and publishing leave it."""

    root: Path

    def __post_init__(self) -> None:
        self.client = store.client(self.mlruns)
        self.experiment = store.experiment_id(self.client)
        self.client.create_registered_model(versions.MODEL)
        (self.root / "releases").mkdir()

    @property
    def mlruns(self) -> Path:
        return self.root / "mlruns"

    @property
    def db(self) -> Path:
        return self.root / "state" / deployment_log.DATABASE

    def run(self, kind: str, model_id: str, parent: str = "") -> str:
        model_type = model_id.partition("-")[0]
        tags = {"kind": kind, "model_type": model_type, "model_id": model_id}
        if parent:
            tags[models.PARENT] = parent
        run = self.client.create_run(
            self.experiment, tags=tags, start_time=int(model_id.partition("-")[2], 16)
        )
        return str(run.info.run_id)

    def log_files(self, run_id: str, model_id: str) -> None:
        """What training and publishing leave of a model: its files, its data, its dvc.lock."""
        folder = self.files(run_id)
        for name in ("model/factors.npz", "lineage/dvc.lock"):
            (folder / name).parent.mkdir(parents=True)
        (folder / "model/factors.npz").write_bytes(b"x" * SIZE)
        hashes = self.made_of(model_id)
        lines = [f"    - path: data/{md5}\n      md5: {md5}\n" for md5 in hashes]
        lock = (
            f"schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n{''.join(lines)}"
        )
        (folder / "lineage/dvc.lock").write_text(lock)
        (self.root / "dvc.lock").write_text(lock)
        for md5 in hashes:
            self.cached(md5).parent.mkdir(parents=True, exist_ok=True)
            self.cached(md5).write_bytes(b"x" * SIZE)

    def register(self, model_id: str, run_id: str) -> None:
        model = self.client.create_logged_model(
            self.experiment, source_run_id=run_id, tags={"model_id": model_id}
        )
        folder = logged_models.folder_of(self.mlruns, model.model_id)
        folder.mkdir(parents=True)
        (folder / "MLmodel").write_bytes(b"x" * SIZE)
        self.client.finalize_logged_model(model.model_id, "READY")
        tags = {"model_id": model_id, "model_type": model_id.partition("-")[0]}
        made = self.client.create_model_version(
            versions.MODEL,
            model.artifact_location,
            run_id,
            tags,
            model_id=model.model_id,
        )
        versions.stage(self.client, int(made.version))

    def files(self, run_id: str) -> Path:
        return self.mlruns / "artifacts" / run_id / "artifacts"

    def has_run(self, model_id: str) -> bool:
        found = self.client.search_runs(
            [self.experiment], f"tags.model_id = '{model_id}'", max_results=1
        )
        return bool(found)

    @staticmethod
    def made_of(model_id: str) -> list[str]:
        """Hashes of the data of a model: one of its own, one that four models in a row share."""
        number = int(model_id.partition("-")[2], 16)
        return [
            hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            for text in (model_id, f"shared {number // 4}")
        ]

    def cached(self, md5: str) -> Path:
        place = dvc_cache.place(self.root)
        assert place is not None
        return place / "files/md5" / md5[:2] / md5[2:]
